"""From a folder of images to the right classic network: Inception and ResNet.

    >>> import skipcat
    >>> net = skipcat.build_network("resnet18", classes=5, image_px=64)
    >>> skipcat.measure_cost(net).parameters
    11179077

Names are loaded when they are first used, so that ``skipcat --help`` needs no torch.
"""

# Nothing is imported here: it would come before the entry point can catch Ctrl-C.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from skipcat.choice.budget import Budget
    from skipcat.choice.choose import choose
    from skipcat.choice.result import Choice
    from skipcat.classifier import Classifier, load
    from skipcat.conformance.verify import Conformance, verify
    from skipcat.cost.counting import Cost, measure_cost
    from skipcat.cost.memory import TrainingMemory, predict_training_memory
    from skipcat.data.dataset import Dataset, open_dataset
    from skipcat.data.doctor.check import check
    from skipcat.data.doctor.findings import Checkup
    from skipcat.engines.latency import Latency, measure_latency
    from skipcat.errors import SkipcatError
    from skipcat.evaluation.learning_curve import LearningCurve
    from skipcat.evaluation.metrics import Evaluation
    from skipcat.experiments.lab.catalogue import list_experiments
    from skipcat.experiments.lab.run import experiment
    from skipcat.explanation.branches.measure import branches
    from skipcat.explanation.branches.result import Worth
    from skipcat.explanation.explain import explain
    from skipcat.explanation.heatmaps.result import Explanation, Explanations
    from skipcat.explanation.pruning.prune import prune
    from skipcat.explanation.pruning.result import Pruned
    from skipcat.main_job import fit
    from skipcat.networks.catalogue import build_network, list_networks
    from skipcat.networks.network import Logits, Network
    from skipcat.networks.weights.load_save import load_weights, save_weights
    from skipcat.report.architecture import draw_network
    from skipcat.runtime.prediction import Prediction
    from skipcat.training.learning_curve import measure_learning_curve
    from skipcat.training.recipe import Recipe
    from skipcat.training.train import train

_HOME = {
    "Budget": "choice.budget",
    "Choice": "choice.result",
    "Checkup": "data.doctor.findings",
    "Classifier": "classifier",
    "Conformance": "conformance.verify",
    "Cost": "cost.counting",
    "Dataset": "data.dataset",
    "Evaluation": "evaluation.metrics",
    "Latency": "engines.latency",
    "Explanation": "explanation.heatmaps.result",
    "Explanations": "explanation.heatmaps.result",
    "LearningCurve": "evaluation.learning_curve",
    "Logits": "networks.network",
    "Network": "networks.network",
    "Prediction": "runtime.prediction",
    "Pruned": "explanation.pruning.result",
    "Recipe": "training.recipe",
    "SkipcatError": "errors",
    "TrainingMemory": "cost.memory",
    "Worth": "explanation.branches.result",
    "build_network": "networks.catalogue",
    "choose": "choice.choose",
    "check": "data.doctor.check",
    "experiment": "experiments.lab.run",
    "draw_network": "report.architecture",
    "explain": "explanation.explain",
    "fit": "main_job",
    "list_experiments": "experiments.lab.catalogue",
    "list_networks": "networks.catalogue",
    "load": "classifier",
    "load_weights": "networks.weights.load_save",
    "branches": "explanation.branches.measure",
    "measure_cost": "cost.counting",
    "measure_latency": "engines.latency",
    "measure_learning_curve": "training.learning_curve",
    "open_dataset": "data.dataset",
    "predict_training_memory": "cost.memory",
    "prune": "explanation.pruning.prune",
    "save_weights": "networks.weights.load_save",
    "train": "training.train",
    "verify": "conformance.verify",
}

__all__ = [
    "Budget",
    "Checkup",
    "Choice",
    "Classifier",
    "Conformance",
    "Cost",
    "Dataset",
    "Evaluation",
    "Explanation",
    "Explanations",
    "Latency",
    "LearningCurve",
    "Logits",
    "Network",
    "Prediction",
    "Pruned",
    "Recipe",
    "SkipcatError",
    "TrainingMemory",
    "Worth",
    "branches",
    "build_network",
    "check",
    "choose",
    "draw_network",
    "experiment",
    "explain",
    "fit",
    "list_experiments",
    "list_networks",
    "load",
    "load_weights",
    "measure_cost",
    "measure_latency",
    "measure_learning_curve",
    "open_dataset",
    "predict_training_memory",
    "prune",
    "save_weights",
    "train",
    "verify",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("skipcat")
    if name not in _HOME:
        raise AttributeError(f"module 'skipcat' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"skipcat.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
