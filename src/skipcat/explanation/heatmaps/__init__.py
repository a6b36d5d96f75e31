"""Heat maps: Grad-CAM and occlusion, and how faithful they are."""
