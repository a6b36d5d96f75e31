"""What a network costs: parameters, multiply-adds, activations, receptive field."""
