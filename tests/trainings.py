"""Trainings whose result is looked at before it is saved."""

import skipcat
from skipcat.reporting import Reporter, no_epoch, no_progress, no_telling
from skipcat.training.request import TrainingRequest
from skipcat.training.train import run_training


def train_unsaved(
    data, network=None, *, out, progress=no_progress, tell=no_telling, on_epoch=no_epoch, **asked
):
    request = TrainingRequest(skipcat.open_dataset(data), out, network, **asked)
    return run_training(request, Reporter(progress, tell, on_epoch))
