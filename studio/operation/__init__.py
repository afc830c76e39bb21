"""What whoever runs the app sees of it and needs: a line for each job, figures, whether it is ready, fair shares."""
