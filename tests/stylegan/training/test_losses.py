"""A wrong loss trains without complaint and paints badly; so each is held against a value found in another way."""

from collections.abc import Callable

import pytest
import pytorch_msssim
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegan.training import losses


def random_tensor(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def two_images(height: int, width: int) -> tuple[Tensor, Tensor]:
    return random_tensor(2, 3, height, width, seed=1), random_tensor(2, 3, height, width, seed=2)


def double(values: object) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


# Style.


def test_gram_matrix_of_two_channels_by_hand():
    features = double([[[[1, 2]], [[3, 4]]]])  # two channels, two positions
    expected = double([[[(1 + 4) / 2, (3 + 8) / 2], [(3 + 8) / 2, (9 + 16) / 2]]])
    torch.testing.assert_close(losses.gram_matrix(features), expected)


def test_gram_matrix_is_free_of_size():
    """Else a style learnt from a large painting could not be compared with a small crop."""
    features = random_tensor(1, 3, 4, 5)
    torch.testing.assert_close(losses.gram_matrix(features.repeat(1, 1, 2, 3)), losses.gram_matrix(features))


def test_moments_by_hand():
    features = double([[[[1, 3]], [[5, 5]]]])  # means 2 and 5, deviations 1 and 0
    expected = double([[[2, 5], [(1 + 1e-6) ** 0.5, 1e-3]]])
    torch.testing.assert_close(losses.moments(features), expected)


def test_style_statistics_use_the_configured_statistic_for_every_layer():
    features = [(random_tensor(1, 2, 4, 4), random_tensor(1, 3, 2, 2)), (random_tensor(1, 2, 2, 2),)]
    for name, statistic in (("gram", losses.gram_matrix), ("moments", losses.moments)):
        found = losses.style_statistics(name, features)
        for found_layers, layers in zip(found, features, strict=True):
            for value, layer in zip(found_layers, layers, strict=True):
                torch.testing.assert_close(value, statistic(layer))


@pytest.mark.parametrize(("painted", "target", "expected"), [(1, 3, 4 / 9), (3, 1, 4 / 9), (2, 2, 0)])
def test_style_loss_is_relative_to_the_larger_energy(painted: float, target: float, expected: float):
    loss = losses.style_loss([[double([[[painted]]])]], [[double([[[target]]])]], (1,))
    torch.testing.assert_close(loss, double([expected]))


def test_style_loss_is_the_weighted_mean_over_layers_and_scales():
    def statistics(*values: float) -> list[Tensor]:
        return [double([[[value]]]) for value in values]

    painted = [statistics(1, 2, 4), statistics(1, 1, 1)]
    target = [statistics(2, 4, 5), statistics(1, 1, 2)]
    first = (1 * (1 / 4) + 1 * (4 / 16) + 4 * (1 / 25)) / 6
    second = 4 * (1 / 4) / 6
    torch.testing.assert_close(losses.style_loss(painted, target, (1, 1, 4)), double([(first + second) / 2]))


def test_style_loss_judges_each_sample_by_its_own_target():
    painted, target = random_tensor(3, 4, 4, seed=1), random_tensor(3, 4, 4, seed=2)
    whole = losses.style_loss([[painted]], [[target]], (1,))
    single = [losses.style_loss([[painted[i : i + 1]]], [[target[i : i + 1]]], (1,)) for i in range(3)]
    torch.testing.assert_close(whole, torch.cat(single))


def test_style_gradient_far_from_the_target_takes_the_energy_for_a_constant():
    """Else the generator could lower its loss by raising the energy of its paintings without end."""
    painted = double([[[3.0]]]).requires_grad_()
    losses.style_loss([[painted]], [[double([[[1.0]]])]], (1,)).sum().backward()
    torch.testing.assert_close(painted.grad, double([[[2 * (3 - 1) / 9]]]))


def test_nearest_loss_by_hand():
    rows = double([[1, 0], [0, 2]])
    painted = double([[[3, 1]], [[0, 1]]])  # a place along the first row, and one half-way between the two
    torch.testing.assert_close(losses.nearest_loss(painted, rows), double((0 + 1 - 0.5**0.5) / 2))


def test_nearest_loss_forgives_whatever_the_style_has():
    rows = random_tensor(12, 5)
    painted = (rows[[3, 3, 7, 0]] * 2).T.reshape(5, 2, 2)
    torch.testing.assert_close(losses.nearest_loss(painted, rows), double(0), atol=1e-12, rtol=0)


# Content.


def test_content_mse_is_that_of_torch():
    painted, photo = two_images(6, 9)
    expected = F.mse_loss(painted, photo, reduction="none").mean((1, 2, 3))
    torch.testing.assert_close(losses.content_mse(painted, photo), expected)


@pytest.mark.parametrize(("height", "width"), [(11, 11), (32, 32), (17, 40)])
@pytest.mark.parametrize("noise", [0.02, 0.2, 1.0])
def test_content_ssim_is_that_of_an_independent_library(height: int, width: int, noise: float):
    photo, other = two_images(height, width)
    painted = torch.lerp(photo, other, noise)
    weights = double([0.299, 0.587, 0.114])[:, None, None]
    luma = [(image * weights).sum(1, keepdim=True) for image in (painted, photo)]
    ssim = pytorch_msssim.ssim(*luma, data_range=1, size_average=False, win_size=11, win_sigma=1.5)
    torch.testing.assert_close(losses.content_ssim(painted, photo), 1 - ssim, rtol=1e-5, atol=1e-7)


def test_content_perceptual_by_hand():
    painted, photo = double([[[[0, 2, 0, 2]]]]), double([[[[7, 7, 1, 1]]]])
    # Standardised: (−1, 1, −1, 1) scaled by 1/√(1 + ε), and (1, 1, −1, −1) scaled by 3/√(9 + ε).
    a, b = 1 / (1 + 1e-4) ** 0.5, 3 / (9 + 1e-4) ** 0.5
    expected = ((-a - b) ** 2 + (a - b) ** 2 + (-a + b) ** 2 + (a + b) ** 2) / 4
    torch.testing.assert_close(losses.content_perceptual(painted, photo), double([expected]))


def test_content_perceptual_forgives_colour_and_contrast():
    """They belong to the style: punishing them would pull every painting back to the photo's colours."""
    photo = random_tensor(2, 5, 16, 16)
    gain, shift = random_tensor(2, 5, 1, 1, seed=1) + 1, random_tensor(2, 5, 1, 1, seed=2)
    assert losses.content_perceptual(gain * photo + shift, photo).max() < 1e-4
    unrelated = random_tensor(2, 5, 16, 16, seed=3)
    torch.testing.assert_close(losses.content_perceptual(unrelated, photo), double([2, 2]), rtol=0.1, atol=0)


# Adversarial.


LOGITS_REAL, LOGITS_FAKE = double([-2.0, 0.5, 3.0]), double([-1.5, 0.25, 2.0])


def test_bce_is_that_of_torch():
    discriminator, generator = losses.ADVERSARIAL_LOSSES["bce"]
    bce = F.binary_cross_entropy_with_logits
    ones, zeros = torch.ones_like(LOGITS_REAL), torch.zeros_like(LOGITS_REAL)
    expected = bce(LOGITS_REAL, ones) + bce(LOGITS_FAKE, zeros)
    torch.testing.assert_close(discriminator(LOGITS_REAL, LOGITS_FAKE), expected)
    torch.testing.assert_close(generator(LOGITS_FAKE), bce(LOGITS_FAKE, ones))


def test_lsgan_is_the_mse_of_torch():
    discriminator, generator = losses.ADVERSARIAL_LOSSES["lsgan"]
    ones, zeros = torch.ones_like(LOGITS_REAL), torch.zeros_like(LOGITS_REAL)
    expected = F.mse_loss(LOGITS_REAL, ones) + F.mse_loss(LOGITS_FAKE, zeros)
    torch.testing.assert_close(discriminator(LOGITS_REAL, LOGITS_FAKE), expected)
    torch.testing.assert_close(generator(LOGITS_FAKE), F.mse_loss(LOGITS_FAKE, ones))


def test_hinge_by_hand():
    discriminator, generator = losses.ADVERSARIAL_LOSSES["hinge"]
    expected = (3 + 0.5 + 0) / 3 + (0 + 1.25 + 3) / 3
    torch.testing.assert_close(discriminator(LOGITS_REAL, LOGITS_FAKE), double(expected))
    torch.testing.assert_close(generator(LOGITS_FAKE), double(-0.25))


def test_wasserstein_by_hand():
    discriminator, generator = losses.ADVERSARIAL_LOSSES["wasserstein"]
    torch.testing.assert_close(discriminator(LOGITS_REAL, LOGITS_FAKE), double(0.25 - 0.5))
    torch.testing.assert_close(generator(LOGITS_FAKE), double(-0.25))


class LinearCritic(nn.Module):
    """D(x) = ⟨a, x⟩: its gradient is a everywhere."""

    def __init__(self, slope: Tensor):
        super().__init__()
        self.slope = slope

    def forward(self, images: Tensor, style: Tensor) -> Tensor:
        return (images * self.slope).sum((1, 2, 3), keepdim=True)


class RecordingCritic(nn.Module):
    """D(x) = ½‖x‖²: its gradient is the point itself, which it also remembers."""

    def forward(self, images: Tensor, style: Tensor) -> Tensor:
        self.points = images.detach()
        return images.pow(2).sum((1, 2, 3), keepdim=True) / 2


def test_gradient_penalty_of_a_linear_critic_by_hand():
    slope = torch.full((3, 2, 2), 0.5, dtype=torch.float64)  # its norm is √(12 · 0.25) = √3
    real, fake = two_images(2, 2)
    penalty = losses.gradient_penalty(LinearCritic(slope), real, fake, torch.zeros(2, 1), random_tensor(2, 1, 1, 1))
    torch.testing.assert_close(penalty, double((3**0.5 - 1) ** 2))


def test_gradient_penalty_is_taken_on_the_line_between_real_and_painted():
    critic = RecordingCritic()
    real, fake = two_images(4, 4)
    mix = double([0.25, 0.75])[:, None, None, None]
    penalty = losses.gradient_penalty(critic, real, fake, torch.zeros(2, 1), mix)
    points = (1 - mix) * real + mix * fake
    torch.testing.assert_close(critic.points, points)
    torch.testing.assert_close(penalty, (points.flatten(1).norm(dim=1) - 1).pow(2).mean())


# Measures.


def test_take_difference_is_the_l1_loss_of_torch():
    a, b = two_images(5, 7)
    expected = F.l1_loss(a, b, reduction="none").mean((1, 2, 3))
    torch.testing.assert_close(losses.take_difference(a, b), expected)


# Gradients. Inputs stay clear of the kinks of relu and abs.


def style(statistic: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    # The target has the larger energy: only there is the denominator a constant of the loss as well as of its gradient.
    target = statistic(2 + random_tensor(2, 2, 3, 3, seed=5))
    return lambda features: losses.style_loss([[statistic(features)]], [[target]], (1,))


def with_photo(loss: Callable[[Tensor, Tensor], Tensor], size: int) -> Callable[[Tensor], Tensor]:
    return lambda painted: loss(painted, random_tensor(1, 3, size, size, seed=5))


def penalty_of_slope(slope: Tensor) -> Tensor:
    class Critic(nn.Module):
        def forward(self, images: Tensor, style: Tensor) -> Tensor:
            return (images * slope).sum((1, 2, 3), keepdim=True).tanh()

    real, fake = two_images(2, 2)
    return losses.gradient_penalty(Critic(), real, fake, torch.zeros(2, 1), random_tensor(2, 1, 1, 1))


FUNCTIONS = {
    "gram": (style(losses.gram_matrix), (2, 2, 3, 3)),
    "moments": (style(losses.moments), (2, 2, 3, 3)),
    "mse": (with_photo(losses.content_mse, 4), (1, 3, 4, 4)),
    "ssim": (with_photo(losses.content_ssim, 12), (1, 3, 12, 12)),
    "perceptual": (with_photo(losses.content_perceptual, 4), (1, 3, 4, 4)),
    "gradient penalty": (penalty_of_slope, (3, 2, 2)),
    "nearest": (lambda painted: losses.nearest_loss(painted, random_tensor(5, 3, seed=5)), (3, 2, 2)),
    "take difference": (with_photo(losses.take_difference, 4), (1, 3, 4, 4)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradient(name: str):
    """A loss that is right but has a wrong gradient (a detached term, say) trains towards something else."""
    function, shape = FUNCTIONS[name]
    assert torch.autograd.gradcheck(function, random_tensor(*shape, seed=7).requires_grad_())


@pytest.mark.parametrize("name", losses.ADVERSARIAL_LOSSES)
def test_adversarial_gradient(name: str):
    discriminator, generator = losses.ADVERSARIAL_LOSSES[name]
    real, fake = (logits.clone().requires_grad_() for logits in (LOGITS_REAL, LOGITS_FAKE))
    assert torch.autograd.gradcheck(discriminator, (real, fake))
    assert torch.autograd.gradcheck(generator, fake)


@pytest.mark.parametrize("name", losses.ADVERSARIAL_LOSSES)
def test_adversarial_losses_pull_against_each_other(name: str):
    """The discriminator must want low logits on paintings, and the generator high ones."""
    discriminator, generator = losses.ADVERSARIAL_LOSSES[name]
    real, fake = double([0.2]).requires_grad_(), double([0.3]).requires_grad_()
    to_real, to_fake = torch.autograd.grad(discriminator(real, fake), (real, fake))
    (of_generator,) = torch.autograd.grad(generator(fake), fake)
    assert to_real < 0 < to_fake
    assert of_generator < 0
