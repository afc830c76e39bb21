"""How good are paintings, and against what: measures, bootstrap intervals, and a report of several systems."""
