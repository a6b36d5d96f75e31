import json

from tensorboardX.proto import event_pb2

from skipcat.training.run_folder.logs import PlanLog, write_events
from skipcat.training.schedule.plan import Plan, Spent

ROW = {
    "epoch": 1, "step": 6, "image_px": 8, "learning_rate": 0.1, "train_loss": 2.0,
    "train_accuracy": 0.5, "validation_loss": None, "validation_accuracy": None,
    "images_per_second": 100.0, "seconds": 1.0,
}  # fmt: skip


def read_events(folder):
    """Give tag -> {step: value} of every event file, whose records are length, crc, data, crc."""
    found = {}
    for path in folder.iterdir():
        content, place = path.read_bytes(), 0
        while place < len(content):
            length = int.from_bytes(content[place : place + 8], "little")
            event = event_pb2.Event.FromString(content[place + 12 : place + 12 + length])
            place += length + 16
            for value in event.summary.value:
                found.setdefault(value.tag, {})[event.step] = value.simple_value
    return found


def test_quick_epochs_do_not_write_over_each_others_events(tmp_path):
    history = []
    for epoch in range(5):
        history.append({**ROW, "epoch": epoch + 1, "step": 6 * (epoch + 1), "train_loss": epoch})
        write_events(tmp_path, history, epoch)
    found = read_events(tmp_path)
    assert found["train/loss"] == {6: 0, 12: 1, 18: 2, 24: 3, 30: 4}
    assert set(found) == {
        "train/loss", "train/accuracy", "run/image_px", "run/learning_rate",
        "run/images_per_second", "run/seconds",
    }  # fmt: skip


def test_what_was_planned_once_is_followed_ever_after(tmp_path):
    path = tmp_path / "plan.jsonl"
    first = Plan(3, 8)
    second = Plan(3, 8, first_epoch=2, progress=0.6, reason="late")
    log = PlanLog(path)
    assert log.read() == []
    log.begin(first)
    change = log.follow(lambda plan, spent: second if spent.epochs == 2 else None)
    assert change(first, Spent(1, 0.5)) is None
    assert change(first, Spent(2, 1.0)) == second
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        json.loads(json.dumps(plan.to_dict())) for plan in (first, second)
    ]
    again = PlanLog(path)
    assert again.read() == [first, second]
    again.begin(Plan(1, 1))
    follow = again.follow(lambda plan, spent: Plan(1, 1))
    assert follow(first, Spent(1, 0.5)) is None
    assert follow(first, Spent(2, 1.0)) == second
    assert len(path.read_text().splitlines()) == 2
