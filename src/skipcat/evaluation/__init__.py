"""How good a classifier is: metrics, intervals and calibration over logits and labels."""
