"""The kinds of bad input: what is wrong, what is done, and the whole message it gets."""

from dataclasses import dataclass

ANYTHING = "[…]"  # what differs between machines and versions
TOLD = "Done all the same, and told"  # the message is one line of those that are printed


@dataclass(frozen=True)
class Case:
    """One kind of bad input; `done` is a command, or a call that is evaluated."""

    group: str
    what: str
    done: str
    says: str


CASES = (
    Case(
        "Paths and folders",
        "a path that does not exist",
        "skipcat fit nowhere",
        (
            "There is no folder or file 'nowhere', and no set is called so. Named sets: digits, "
            "fashion-mnist, cifar10."
        ),
    ),
    Case(
        "Paths and folders",
        "a slip in the name of a set",
        "skipcat fit digit",
        (
            "There is no folder or file 'digit', and no set is called so. Did you mean 'digits'? "
            "Named sets: digits, fashion-mnist, cifar10."
        ),
    ),
    Case(
        "Paths and folders",
        "a file that is no CSV",
        "skipcat check notes.txt",
        (
            "'notes.txt' is a file but no CSV; give a folder of class folders, or a CSV with the "
            "header path,label."
        ),
    ),
    Case(
        "Paths and folders",
        "data of a type that holds none",
        "skipcat.open_dataset(3)",
        (
            "Data of type int cannot be opened; give a folder, a CSV file, the name of a set, or a "
            "pair (images, labels)."
        ),
    ),
    Case(
        "Paths and folders",
        "an empty folder",
        "skipcat check empty",
        "'empty' is empty; one folder per class is needed, with that class's images in it.",
    ),
    Case(
        "Paths and folders",
        "images without class folders",
        "skipcat check loose",
        (
            "'loose' holds 3 images but no class folders; one folder per class is needed, with "
            "that class's images in it."
        ),
    ),
    Case(
        "Paths and folders",
        "class folders without images",
        "skipcat check hollow",
        (
            "'hollow' has 2 folders but no images in them; one folder per class is needed, with "
            "that class's images in it."
        ),
    ),
    Case(
        "Paths and folders",
        "one class",
        "skipcat train one",
        "'one' has one class, 'cat'; at least two are needed.",
    ),
    Case(
        "Paths and folders",
        "web pages saved as images",
        "skipcat train pages --network resnet_cifar8",
        "None of the 6 files of 'pages' is an image that Pillow can open; 'cat/0.jpg', for one.",
    ),
    Case(
        "Paths and folders",
        "a class in val/ that train/ lacks",
        "skipcat train parts --network resnet_cifar8",
        (
            "No training image for the class 'emu'; every class needs at least one that can be "
            "read. It is in the validation or test part only."
        ),
    ),
    Case(
        "Paths and folders",
        "a class of which no image can be read",
        "skipcat train broken --network resnet_cifar8",
        ("No training image for the class 'dog'; every class needs at least one that can be read."),
    ),
    Case(
        "Paths and folders",
        "a list of images to leave out that does not exist",
        "skipcat fit photos --exclude none.txt",
        "Cannot read the list 'none.txt': No such file or directory.",
    ),
    Case(
        "Paths and folders",
        "a list that names an image of other data",
        "skipcat fit photos --exclude other.txt",
        (
            "The list 'other.txt' names an image that 'photos' does not hold: 'cat/9.png'. Did you "
            "mean 'cat/5.png'?"
        ),
    ),
    Case(
        "Paths and folders",
        "a list that names every image",
        "skipcat fit photos --exclude all.txt",
        "The list 'all.txt' excludes every image of 'photos'; none is left to use.",
    ),
    Case(
        "Paths and folders",
        "a list that names every image of a class",
        "skipcat fit photos --exclude cats.txt",
        "The list 'cats.txt' names every image of 'cat'; keep some, or drop the class.",
    ),
    Case(
        "Paths and folders",
        "a variable that holds nothing",
        "skipcat fit '' --out new",
        "An argument is empty, as where a variable holds nothing: skipcat fit '' --out new",
    ),
    Case(
        "Paths and folders",
        "a list with a backslash that means nothing",
        "skipcat fit photos --exclude odd.txt",
        (
            "The list 'odd.txt' is wrong in line 1: '\\1' is no escape; a backslash is written "
            "'\\\\'."
        ),
    ),
    Case(
        "Paths and folders",
        "a list that is no text",
        "skipcat fit photos --exclude binary.txt",
        "The list 'binary.txt' is no text in UTF-8; one name a line is needed.",
    ),
    Case(
        "Paths and folders",
        "labels of a run that judged no image out of fold",
        "skipcat check photos --labels stopped",
        (
            "There is no 'stopped/out_of_fold.csv'; --labels needs a run that judged every image "
            "out of fold."
        ),
    ),
    Case(
        "CSV files",
        "a file that does not exist",
        "skipcat check nowhere.csv",
        (
            "There is no folder or file 'nowhere.csv', and no set is called so. Named sets: "
            "digits, fashion-mnist, cifar10."
        ),
    ),
    Case(
        "CSV files",
        "other columns",
        "skipcat check columns.csv",
        "'columns.csv' has the columns file;class; the header path,label is needed.",
    ),
    Case(
        "CSV files",
        "an empty file",
        "skipcat check blank.csv",
        "'blank.csv' has the columns none; the header path,label is needed.",
    ),
    Case(
        "CSV files",
        "a header and no rows",
        "skipcat check header.csv",
        "'header.csv' has a header but no rows; one row per image is needed.",
    ),
    Case(
        "CSV files",
        "several bad rows: all at once, by line",
        "skipcat check rows.csv",
        (
            "'rows.csv' has 4 bad rows: line 2: the path is empty; line 3: the label is empty; "
            "line 4: there is no file 'photos/cat/99.png'; line 5: the part 'tset' is not train, "
            "val or test."
        ),
    ),
    Case(
        "CSV files",
        "an image with two labels",
        "skipcat check twice.csv",
        (
            "'twice.csv' has 1 bad row: line 3: 'photos/cat/0.png' has another label or part than "
            "on line 2."
        ),
    ),
    Case(
        "CSV files",
        "another encoding than UTF-8",
        "skipcat check latin.csv",
        (
            "'latin.csv' cannot be read as a CSV in UTF-8: 'utf-8' codec can't decode byte 0xe4 in "
            "position 29: invalid continuation byte."
        ),
    ),
    Case(
        "CSV files",
        "one class",
        "skipcat train alone.csv",
        "'alone' has one class, 'cat'; at least two are needed.",
    ),
    Case(
        "Arrays",
        "pixels from 0 to 1",
        "skipcat.train((images / 255, labels))",
        (
            "Images are an array of shape (240, 8, 8) and dtype float64; (N, H, W) or (N, H, W, C) "
            "of uint8 is needed."
        ),
    ),
    Case(
        "Arrays",
        "channels first",
        "skipcat.train((np.zeros((9, 3, 8, 8), np.uint8), labels[:9]))",
        "Images have 8 channels; 1, 3 or 4 are allowed. Move the channels to the end.",
    ),
    Case(
        "Arrays",
        "images as rows of numbers",
        "skipcat.train((images.reshape(240, 64), labels))",
        (
            "Images are an array of shape (240, 64) and dtype uint8; (N, H, W) or (N, H, W, C) of "
            "uint8 is needed."
        ),
    ),
    Case(
        "Arrays",
        "more images than labels",
        "skipcat.train((images, labels[:9]))",
        "240 images need 240 labels; given: (9,).",
    ),
    Case(
        "Arrays",
        "a row of zeros and ones for each label",
        "skipcat.train((images, np.eye(10)[labels]))",
        "240 images need 240 labels; given: (240, 10).",
    ),
    Case(
        "Arrays",
        "labels with NaN",
        "skipcat.train((images[:3], [0, 1, np.nan]))",
        "Labels hold NaN, infinity or fractions; integers or strings are due.",
    ),
    Case(
        "Arrays",
        "labels that are fractions",
        "skipcat.train((images[:3], [0, 0.5, 1]))",
        "Labels hold NaN, infinity or fractions; integers or strings are due.",
    ),
    Case(
        "Arrays",
        "labels with None",
        "skipcat.train((images[:3], [0, 1, None]))",
        "Labels have dtype object; integers or strings are needed.",
    ),
    Case(
        "Arrays",
        "a label that is an empty string",
        "skipcat.train((images[:3], ['a', 'b', '']))",
        "A label is an empty string; every image needs the name of its class.",
    ),
    Case(
        "Arrays",
        "no images",
        "skipcat.train((images[:0], labels[:0]))",
        "The pair (images, labels) is empty; at least one image is needed.",
    ),
    Case(
        "Arrays",
        "images of several sizes",
        "skipcat.train(([images[0], images[1][:4]], [0, 1]))",
        (
            "The pair (images, labels) holds images of several shapes; one array (N, H, W[, C]) is "
            "needed."
        ),
    ),
    Case(
        "Arrays",
        "three things",
        "skipcat.train((images, labels, labels))",
        "A pair (images, labels) is needed; a tuple of 3 was given.",
    ),
    Case(
        "Arrays",
        "one class",
        "skipcat.train((images, 0 * labels))",
        "'arrays' has one class, '0'; at least two are needed.",
    ),
    Case(
        "Images",
        "an image that does not exist",
        "skipcat predict digits.skipcat none.png",
        "Cannot read 'none.png': No such file or directory.",
    ),
    Case(
        "Images",
        "a folder",
        "skipcat predict digits.skipcat photos",
        "Cannot read 'photos': it is a folder; name the images in it.",
    ),
    Case(
        "Images",
        "an empty file",
        "skipcat predict digits.skipcat nothing.jpg",
        "Cannot use 'nothing.jpg': the file is empty (0 bytes).",
    ),
    Case(
        "Images",
        "a web page saved as an image",
        "skipcat predict digits.skipcat page.jpg",
        "Cannot use 'page.jpg': it is not an image in a format that Pillow knows.",
    ),
    Case(
        "Images",
        "a file that was cut short",
        "skipcat predict digits.skipcat cut.png",
        "Cannot use 'cut.png': it is damaged: […].",
    ),
    Case(
        "Images",
        "several of them",
        "skipcat predict digits.skipcat whole.png cut.png none.png",
        "Cannot use 'cut.png': it is damaged: […]. (1 more cannot be used either.)",
    ),
    Case(
        "Images",
        "more pixels than a photograph has",
        "skipcat predict digits.skipcat bomb.png",
        (
            "Cannot use 'bomb.png': it has more than the 89,478,485 pixels allowed; it was not "
            "decoded."
        ),
    ),
    Case(
        "Images",
        "PostScript",
        "skipcat predict digits.skipcat program.eps",
        (
            "Cannot use 'program.eps': it is PostScript, a program and no pixels; save it as PNG "
            "or JPEG."
        ),
    ),
    Case(
        "Images",
        "an array of floats",
        "clf.predict(np.zeros((8, 8)))",
        "Image 0: An image array has dtype float64; uint8 with values 0 to 255 is needed.",
    ),
    Case(
        "Images",
        "an array with channels first",
        "clf.predict(np.zeros((3, 8, 8), np.uint8))",
        (
            "Image 0: An image array has shape (3, 8, 8); (H, W), (H, W, 1), (H, W, 3) or (H, W, "
            "4) is needed."
        ),
    ),
    Case(
        "Images",
        "nothing",
        "clf.predict([images[0], None])",
        "Image 1: An image is a path, a Pillow image or a uint8 array; NoneType was given.",
    ),
    Case(
        "Networks and sizes",
        "a slip in a network's name",
        "skipcat train photos --network resnet52",
        "No network is called 'resnet52'. Did you mean 'resnet50'? 'skipcat list' shows all.",
    ),
    Case(
        "Networks and sizes",
        "a network that is not here",
        "skipcat show vit_b_16",
        "No network is called 'vit_b_16'. 'skipcat list' shows all.",
    ),
    Case(
        "Networks and sizes",
        "a depth that a family has not",
        "skipcat show resnet_cifar21",
        (
            "No network is called 'resnet_cifar21': the depths of resnet_cifar are 6n+2 (8, 14, "
            "20, …); the nearest is 'resnet_cifar20'."
        ),
    ),
    Case(
        "Networks and sizes",
        "images smaller than the network takes",
        "skipcat.train((np.zeros((6, 3, 9), np.uint8), [0, 1] * 3), 'resnet_cifar8')",
        (
            "resnet_cifar8 takes images of 8 px or more; the images' median short side is 3. "
            "Enlarge them with image_px=8."
        ),
    ),
    Case(
        "Networks and sizes",
        "a size that the network does not take",
        "skipcat train photos --network inception_v4 --image-px 8 --out new",
        "inception_v4 takes images of 17 px or more; image_px is 8.",
    ),
    Case(
        "Networks and sizes",
        "a network for images that are too small",
        "skipcat.build_network('resnet18', image_px=4)",
        "resnet18 takes images of 8 px or more, but was given 4.",
    ),
    Case(
        "Networks and sizes",
        "one channel where three are needed",
        "net(torch.zeros(1, 1, 32, 32))",
        (
            "resnet_cifar8 was built for 3-channel images, but was given 1 channels; build it with "
            "channels=1."
        ),
    ),
    Case(
        "Networks and sizes",
        "images that are too small",
        "net(torch.zeros(1, 3, 4, 4))",
        "resnet_cifar8 with stem reduction 1 takes images of 8 px or more, but was given 4x4.",
    ),
    Case(
        "Networks and sizes",
        "one image without a batch",
        "net(torch.zeros(3, 32, 32))",
        "resnet_cifar8 takes images (N, 3, H, W), but was given (3, 32, 32).",
    ),
    Case(
        "Networks and sizes",
        "no classes",
        "skipcat.build_network('resnet18', classes=0)",
        "resnet18 needs at least 1 class, but was given 0.",
    ),
    Case(
        "Networks and sizes",
        "no channels",
        "skipcat.build_network('resnet18', channels=0)",
        "resnet18 needs at least 1 channel, but was given 0.",
    ),
    Case(
        "Networks and sizes",
        "a class count that is none",
        "skipcat.build_network('resnet_cifar8', classes=2.5)",
        "resnet_cifar8 takes a whole number of classes, but was given 2.5.",
    ),
    Case(
        "Networks and sizes",
        "a multiplier out of range",
        "skipcat show resnet18 --width-multiplier 0",
        "width_multiplier is 0, allowed: 0.0625 to 16.",
    ),
    Case(
        "Networks and sizes",
        "the cost of a network with other classes",
        "skipcat.measure_cost(net, classes=7)",
        "This resnet_cifar8 was built for 3 classes; to count it with 7, give its name.",
    ),
    Case(
        "Choosing",
        "an unknown policy",
        "skipcat choose photos --policy cheapest",
        "No policy is called 'cheapest'. There are: simplest, best.",
    ),
    Case(
        "Choosing",
        "an accuracy in percent",
        "skipcat choose photos --accuracy 95",
        "accuracy is 95.0; a share above 0 and at most 1 is needed.",
    ),
    Case(
        "Choosing",
        "no candidate",
        'skipcat choose photos --networks " , "',
        "No network is named; leave networks out for the usual ones.",
    ),
    Case(
        "Choosing",
        "a candidate that does not exist",
        "skipcat choose photos --networks resnet18,resnet52",
        "No network is called 'resnet52'. Did you mean 'resnet50'? 'skipcat list' shows all.",
    ),
    Case(
        "Choosing",
        "another language",
        "skipcat choose photos --language fr",
        "skipcat speaks no 'fr'; its languages are en (English) and zh (Simplified Chinese).",
    ),
    Case(
        "Choosing",
        "weights of one network for all",
        "skipcat choose photos --pretrained weights.pth",
        (
            "Weights of 'weights.pth' are of one network; candidates start from "
            "'torchvision' or 'none'."
        ),
    ),
    Case(
        "Choosing",
        "a budget of nothing",
        "skipcat choose photos --latency-ms 0",
        "The budget's latency_ms is 0.0; a number above 0 is needed.",
    ),
    Case(
        "Choosing",
        "too few images to tell networks apart",
        "skipcat choose photos",
        (
            "2 validation images cannot tell networks apart; 30 or more are needed: more "
            "images, or a larger --validation."
        ),
    ),
    Case(
        "Choosing",
        "a folder of other things",
        "skipcat choose digits --out photos",
        "'photos' already holds other files; choose another --out.",
    ),
    Case(
        "Choosing",
        "a damaged record",
        "skipcat choose digits --resume --out ruined.choice",
        (
            "'ruined.choice/race.json' is damaged; choose another --out, or delete "
            "'ruined.choice' to start anew."
        ),
    ),
    Case(
        "Experiments",
        "no name",
        "skipcat experiment",
        "Which experiment? 'skipcat experiment --list' shows all.",
    ),
    Case(
        "Experiments",
        "a slip in the name",
        "skipcat experiment degradatoin",
        (
            "No experiment is called 'degradatoin'. Did you mean 'degradation'? 'skipcat "
            "experiment --list' shows all."
        ),
    ),
    Case(
        "Experiments",
        "no seed",
        "skipcat experiment degradation --seeds 0",
        "The experiment cannot be run so: seeds is 0, allowed: 1 to 20.",
    ),
    Case(
        "Experiments",
        "no time",
        "skipcat experiment degradation --minutes 0",
        "The experiment cannot be run so: minutes is 0.0, allowed: above 0.",
    ),
    Case(
        "Experiments",
        "a folder of other things",
        "skipcat experiment degradation --out photos",
        "'photos' already holds other files; choose another --out.",
    ),
    Case(
        "Experiments",
        "a damaged record",
        "skipcat experiment degradation --resume --out ruined.experiment",
        (
            "'ruined.experiment/begun.json' is damaged; choose another --out, or delete "
            "'ruined.experiment' to start anew."
        ),
    ),
    Case(
        "Drawings",
        "a drawing that is no SVG",
        "skipcat show resnet18 --drawing net.png",
        "A drawing is an SVG file, whose name ends in .svg; 'net.png' does not.",
    ),
    Case(
        "Explaining",
        "a class that it does not know",
        "skipcat explain digits.skipcat loose/0.png --class cat",
        "This classifier knows no class 'cat'. It knows: 0, 1, 2, 3, 4, 5, 6, 7, ….",
    ),
    Case(
        "Explaining",
        "a row that the network lacks",
        "skipcat explain digits.skipcat loose/0.png --row conv9_x",
        (
            "resnet_cifar8 has no row 'conv9_x'. Did you mean 'conv4_x'? Its rows with a "
            "grid: conv1, conv2_x, conv3_x, conv4_x."
        ),
    ),
    Case(
        "Explaining",
        "a row behind the pool",
        "skipcat explain digits.skipcat loose/0.png --row fc",
        (
            "The row 'fc' of resnet_cifar8 comes after the pool over the grid, so it has no "
            "map. Rows with a grid: conv1, conv2_x, conv3_x, conv4_x."
        ),
    ),
    Case(
        "Explaining",
        "an image that is none",
        "skipcat explain digits.skipcat whole.png page.jpg",
        "Cannot use 'page.jpg': it is not an image in a format that Pillow knows.",
    ),
    Case(
        "Explaining",
        "nothing to explain",
        "skipcat explain digits.skipcat digits --per-class 0 --mistakes 0",
        "per_class and mistakes are both 0, which leaves nothing to explain.",
    ),
    Case(
        "Explaining",
        "a folder of other things",
        "skipcat explain digits.skipcat loose/0.png --out photos",
        "'photos' already holds other files; choose another --out.",
    ),
    Case(
        "Branches and pruning",
        "images of other classes",
        "skipcat branches digits.skipcat photos",
        (
            "'photos' holds the class 'cat', which this classifier does not know. It knows: "
            "0, 1, 2, 3, 4, 5, 6, 7, …."
        ),
    ),
    Case(
        "Branches and pruning",
        "no bound",
        "skipcat prune digits.skipcat digits",
        ("Pruning cannot do as it is asked: give lose_at_most (points), latency_ms or speedup."),
    ),
    Case(
        "Branches and pruning",
        "a loss below nothing",
        "skipcat prune digits.skipcat digits --lose-at-most -1",
        "Pruning cannot do as it is asked: lose_at_most is -1, allowed: 0 to 100.",
    ),
    Case(
        "Branches and pruning",
        "a speed that is none",
        "skipcat prune digits.skipcat digits --speedup 0.5",
        "Pruning cannot do as it is asked: speedup is 0.5, allowed: 1 to 100.",
    ),
    Case(
        "Branches and pruning",
        "no classifier",
        "skipcat branches photos digits",
        "'photos' is no classifier: it has no classifier.json.",
    ),
    Case(
        "Branches and pruning",
        "a page where other files stand",
        "skipcat branches digits.skipcat digits --out photos",
        "'photos' already holds other files; choose another --out.",
    ),
    Case(
        "Branches and pruning",
        "a page in the classifier's folder",
        "skipcat explain digits.skipcat digits --out digits.skipcat/why",
        "'digits.skipcat/why' lies in the classifier's folder; choose another --out.",
    ),
    Case(
        "Branches and pruning",
        "a page in the data",
        "skipcat explain digits.skipcat photos --out photos/why",
        ("'photos/why' lies in the data 'photos', where nothing is written; choose another --out."),
    ),
    Case(
        "Branches and pruning",
        "a seed below nothing",
        "skipcat explain digits.skipcat digits --seed -1",
        "seed is -1; a whole number, 0 or more, is needed.",
    ),
    Case(
        "Branches and pruning",
        "something else than a classifier",
        "skipcat.branches(3, 'digits')",
        "A classifier is asked for, or its folder; int was given.",
    ),
    Case(
        "A classifier's folder as network or weights",
        "a network of a folder without a classifier",
        "skipcat train digits --network photos --out new",
        "'photos' is no classifier: it has no classifier.json.",
    ),
    Case(
        "A classifier's folder as network or weights",
        "weights of a folder without a classifier",
        "skipcat train digits --network resnet_cifar8 --pretrained photos --out new",
        "'photos' is no classifier: it has no classifier.json.",
    ),
    Case(
        "A classifier's folder as network or weights",
        "folds from what has learnt already",
        "skipcat train digits --pretrained digits.skipcat --folds 3 --out new",
        (
            "folds is for training from scratch: each image judges in turn, and the classifier "
            "whose weights were given has learnt from some."
        ),
    ),
    Case(
        "A classifier's folder as network or weights",
        "a learning curve from what has learnt already",
        "skipcat curve digits --network resnet_cifar8 --pretrained digits.skipcat --out new",
        (
            "A learning curve starts from scratch, from torchvision's weights or a file's: a "
            "classifier has learnt from images that would judge."
        ),
    ),
    Case(
        "Recipes and budgets",
        "fields out of range: all at once",
        "skipcat train photos --epochs 0 --batch 1 --momentum 2 --augment fotos",
        (
            "4 fields of the recipe cannot be used: epochs is 0, allowed: 1 or more; batch is 1, "
            "allowed: 2 or more; momentum is 2.0, allowed: 0 to 0.9999; augment is 'fotos', "
            "allowed: auto, none, shifts, photo."
        ),
    ),
    Case(
        "Learning curves",
        "a share of more than all",
        "skipcat curve photos --shares 1/2,3/2",
        "A share of the training images is above 0 and at most 1; given 1.5.",
    ),
    Case(
        "Learning curves",
        "shares that are no numbers",
        "skipcat curve photos --shares half,all",
        (
            "--shares are numbers above 0 and at most 1, with commas: 1/8,1/4,1/2,1; given "
            "'half,all'."
        ),
    ),
    Case(
        "Learning curves",
        "one share",
        "skipcat curve photos --shares 1,1.0",
        "A learning curve needs two different shares or more; given 1.",
    ),
    Case(
        "Learning curves",
        "too many seeds",
        "skipcat curve photos --seeds 100",
        "seeds is 100, allowed: a whole number of 1 to 20.",
    ),
    Case(
        "Learning curves",
        "too few images for the smallest share",
        "skipcat curve photos --network resnet_cifar8 --shares 1/10,1 --out curve-a",
        (
            "A share of 0.1 leaves no image of the class 'cat', which has 4 to train on; the "
            "smallest share that does is 1/8."
        ),
    ),
    Case(
        "Learning curves",
        "shares that are the same images",
        "skipcat curve photos --network resnet_cifar8 --shares 0.24,0.26,1 --out curve-a",
        ("Of 8 training images some shares are the same: 2, 2, 8 images; give fewer shares."),
    ),
    Case(
        "Learning curves",
        "no test image",
        "skipcat curve photos --network resnet_cifar8 --test 0 --out curve-a",
        (
            "A learning curve is judged on test images, and there are none; give test above 0, or "
            "a test part."
        ),
    ),
    Case(
        "Learning curves",
        "a curve from minutes",
        "skipcat.measure_learning_curve('photos', recipe=skipcat.Recipe(minutes=2), out='new')",
        "A learning curve holds the number of steps equal; give epochs instead of minutes.",
    ),
    Case(
        "Learning curves",
        "a curve from folds",
        "skipcat.measure_learning_curve('photos', recipe=skipcat.Recipe(folds=5), out='new')",
        "A learning curve is judged on one test part; it takes no folds.",
    ),
    Case(
        "Learning curves",
        "a recipe with several seeds",
        "skipcat.measure_learning_curve('photos', recipe=skipcat.Recipe(seeds=3), out='new')",
        "A learning curve takes seeds=3 for itself, not in its recipe.",
    ),
    Case(
        "Recipes and budgets",
        "fields that no recipe has: with all else at once",
        "skipcat.Recipe(epoch=3, learningrate=0.1, batch=0)",
        (
            "3 fields of the recipe cannot be used: there is no field 'epoch' (did you mean "
            "'epochs'?); there is no field 'learningrate' (did you mean 'learning_rate'?); batch "
            "is 0, allowed: 2 or more."
        ),
    ),
    Case(
        "Recipes and budgets",
        "fields that contradict each other",
        "skipcat train photos --epochs 3 --minutes 2 --folds 1",
        (
            "2 fields of the recipe cannot be used: folds is 1, allowed: 0, or 2 to 20; epochs and "
            "minutes are both given, one of them plans the run."
        ),
    ),
    Case(
        "Recipes and budgets",
        "shares that leave nothing to train on",
        "skipcat train photos --validation 0.5 --test 0.5",
        (
            "A field of the recipe cannot be used: validation 0.5 and test 0.5 leave nothing to "
            "train on."
        ),
    ),
    Case(
        "Recipes and budgets",
        "a field of another type",
        "skipcat.Recipe(epochs=2.5, seed='a', minutes=True)",
        (
            "4 fields of the recipe cannot be used: epochs is 2.5, a whole number is needed; "
            "minutes is True, a finite number is needed; seed is 'a', a whole number is needed; "
            "epochs and minutes are both given, one of them plans the run."
        ),
    ),
    Case(
        "Recipes and budgets",
        "a flag that is not there",
        "skipcat train photos --epoch 3",
        "No such option: --epoch[…]--epochs[…] 'skipcat train --help' shows what is allowed.",
    ),
    Case(
        "Recipes and budgets",
        "a flag with a word for a number",
        "skipcat train photos --epochs many",
        "Invalid value for '--epochs': […] 'skipcat train --help' shows what is allowed.",
    ),
    Case(
        "Recipes and budgets",
        "a flag of train for fit",
        "skipcat fit photos --epochs 3",
        "No such option: --epochs. 'skipcat fit --help' shows what is allowed.",
    ),
    Case(
        "Recipes and budgets",
        "a recipe with epochs for fit",
        "skipcat.fit('photos', recipe=skipcat.Recipe(epochs=3))",
        (
            "fit plans epochs from the budget's minutes; a recipe with epochs or minutes is for "
            "train."
        ),
    ),
    Case(
        "Recipes and budgets",
        "no time",
        "skipcat fit photos --minutes 0",
        "The budget's minutes is 0.0; a number of 0.1 or more is needed.",
    ),
    Case(
        "Recipes and budgets",
        "a field that no budget has",
        "skipcat.Budget(minuts=10)",
        "The budget has no field 'minuts'. Did you mean 'minutes'?",
    ),
    Case(
        "Recipes and budgets",
        "no data",
        "skipcat fit",
        "Missing argument 'DATA'. 'skipcat fit --help' shows what is allowed.",
    ),
    Case(
        "Recipes and budgets",
        "a command that is not there",
        "skipcat fti photos",
        "No such command 'fti'. Did you mean 'fit'? 'skipcat --help' shows what is allowed.",
    ),
    Case(
        "Recipes and budgets",
        "a rate at which training diverges",
        (
            "skipcat.train((images, labels), network='resnet_cifar20', "
            "recipe=skipcat.Recipe(epochs=3, batch=32, learning_rate=100, warmup=0, "
            "momentum=0.99), out='diverged')"
        ),
        "[…] (epoch […]); try a lower rate: learning_rate=20 instead of 100.",
    ),
    Case(
        "Recipes and budgets",
        "several seeds and nothing to judge them",
        "skipcat train photos --network resnet_cifar8 --out new --seeds 3 --test 0",
        "seeds is 3, but no image is kept to judge them; give test a share.",
    ),
    Case(
        "Recipes and budgets",
        "several seeds and folds",
        "skipcat train photos --network resnet_cifar8 --out new --seeds 3 --folds 5",
        (
            "A field of the recipe cannot be used: folds and seeds are both given, one of them "
            "judges."
        ),
    ),
    Case(
        "Recipes and budgets",
        "a batch that no memory holds",
        (
            "skipcat.train((images, labels), network='resnet_cifar110', "
            "recipe=skipcat.Recipe(image_px=512, batch=192, precision='float32'), out='new')"
        ),
        (
            "Training resnet_cifar110 on 192 images of 512 px at a time takes about […] GiB of "
            "memory, and there are […]; […]."
        ),
    ),
    Case(
        "Recipes and budgets",
        "weights to start from at which no rate trains",
        "skipcat train photos --network resnet_cifar8 --pretrained hot.safetensors --out hopeless",
        (
            "Training stopped being finite at every rate that was tried: 0.01 (until step 1), "
            "0.002 (until step 1), 0.0004 (until step 1). 'skipcat check' shows whether images "
            "are nearly of one colour or labels are wrong; if not, look at weight_decay (0.0005) "
            "and momentum (0.9), or try learning_rate=8e-05."
        ),
    ),
    Case(
        "Recipes and budgets",
        "heads to warm where there are none, and no weights to warm them by",
        "skipcat train photos --network resnet_cifar8 --out new --only-auxiliary",
        (
            "only_auxiliary cannot be done: resnet_cifar8 has no auxiliary heads (googlenet, "
            "googlenet_2014, googlenet_3x3, inception_v3 have some); no pretrained weights are "
            "given, and a trunk of random weights has nothing to teach (--pretrained torchvision "
            "or FILE)."
        ),
    ),
    Case(
        "Recipes and budgets",
        "heads alone, and changes of the trunk",
        "skipcat.Recipe(only_auxiliary=True, folds=5, stochastic_depth=0.5)",
        (
            "A field of the recipe cannot be used: only_auxiliary trains no trunk, which folds, "
            "stochastic_depth would change."
        ),
    ),
    Case(
        "Weights files",
        "a file that does not exist",
        "skipcat train photos --network resnet_cifar8 --out new --pretrained none.pth",
        "Cannot read weights from none.pth: No such file or directory.",
    ),
    Case(
        "Weights files",
        "a web page",
        "skipcat train photos --network resnet_cifar8 --out new --pretrained page.pth",
        (
            "page.pth is neither a safetensors file nor a state dict of torch's (only plain "
            "tensors are opened, since the rest could run code; save a state_dict())."
        ),
    ),
    Case(
        "Weights files",
        "a file that was cut short",
        "skipcat.load_weights(net, 'cut.safetensors')",
        "cut.safetensors is neither a safetensors file nor a state dict of torch's ([…]).",
    ),
    Case(
        "Weights files",
        "a pickled network, which could run code",
        "skipcat.load_weights(net, 'module.pth')",
        (
            "module.pth is neither a safetensors file nor a state dict of torch's (only plain "
            "tensors are opened, since the rest could run code; save a state_dict())."
        ),
    ),
    Case(
        "Weights files",
        "no weights in it",
        "skipcat.load_weights(net, 'list.pth')",
        "list.pth holds no tensors; a state dict is needed, names and tensors.",
    ),
    Case(
        "Weights files",
        "weights of something else",
        "skipcat.load_weights(net, 'alien.pth')",
        (
            "alien.pth holds no weights of resnet_cifar8: none of its names fits (they begin "
            "layer.weight)."
        ),
    ),
    Case(
        "Weights files",
        "weights of other classes and channels",
        "skipcat.load_weights(net, 'digits.safetensors')",
        (
            "digits.safetensors does not fit resnet_cifar8: other shapes: conv1.conv.weight is "
            "(16, 1, 3, 3) there, (16, 3, 3, 3) here, fc.weight is (10, 64) there, (3, 64) here, "
            "fc.bias is (10,) there, (3,) here."
        ),
    ),
    Case(
        "Weights files",
        "weights of another network",
        "skipcat.load_weights(skipcat.build_network('resnet_cifar20'), 'digits.safetensors')",
        (
            "digits.safetensors does not fit resnet_cifar20: missing: "
            "conv2_x.1.branch.conv1.conv.weight, conv2_x.1.branch.conv1.norm.weight, "
            "conv2_x.1.branch.conv1.norm.bias and 57 more; other shapes: conv1.conv.weight is (16, "
            "1, 3, 3) there, (16, 3, 3, 3) here."
        ),
    ),
    Case(
        "Weights files",
        "weights that nobody publishes",
        "skipcat.build_network('resnet_cifar20', pretrained='torchvision')",
        (
            "torchvision has no weights for resnet_cifar20; it has some for googlenet_3x3, "
            "inception_v3, resnet18, resnet34, resnet50, resnet101, resnet152, wide_resnet50_2, "
            "wide_resnet101_2, resnext50_32x4d, resnext101_32x8d. Pass a file instead: "
            "pretrained=FILE (--pretrained FILE)."
        ),
    ),
    Case(
        "Weights files",
        "a dialect that nobody speaks",
        "skipcat.save_weights(net, 'w.pth', dialect='keras')",
        "There is no dialect 'keras', allowed: skipcat, torchvision, timm, cifar.",
    ),
    Case(
        "Weights files",
        "a dialect that has no such network",
        "skipcat.save_weights(net, 'w.pth', dialect='torchvision')",
        (
            "torchvision has no resnet_cifar8; it has googlenet_3x3, inception_v3, resnet18, "
            "resnet34, resnet50, resnet101, resnet152, wide_resnet50_2, wide_resnet101_2, "
            "resnext50_32x4d, resnext101_32x8d. Save in dialect 'skipcat'."
        ),
    ),
    Case(
        "Classifier folders",
        "a folder that does not exist",
        "skipcat predict none.skipcat whole.png",
        "'none.skipcat' does not exist.",
    ),
    Case(
        "Classifier folders",
        "a folder that is no classifier",
        "skipcat predict photos whole.png",
        "'photos' is no classifier: it has no classifier.json.",
    ),
    Case(
        "Classifier folders",
        "a file",
        "skipcat predict notes.txt whole.png",
        "'notes.txt' is a file; a classifier is a folder.",
    ),
    Case(
        "Classifier folders",
        "a training that has not ended",
        "skipcat predict stopped whole.png",
        (
            "'stopped' is no classifier: it has no classifier.json. Its training has not ended; go "
            "on with --resume."
        ),
    ),
    Case(
        "Classifier folders",
        "no weights",
        "skipcat predict lacking.skipcat whole.png",
        "'lacking.skipcat' lacks weights.safetensors; copy the whole folder.",
    ),
    Case(
        "Classifier folders",
        "weights that were changed",
        "skipcat predict changed.skipcat whole.png",
        (
            "'changed.skipcat/weights.safetensors' is not the file that classifier.json was "
            "written with; it was changed or damaged. Copy the whole folder again."
        ),
    ),
    Case(
        "Classifier folders",
        "weights that are a pickle",
        "skipcat predict pickle.skipcat whole.png",
        "'pickle.skipcat/weights.safetensors' is no safetensors file, and nothing else is read.",
    ),
    Case(
        "Classifier folders",
        "a description that was cut short",
        "skipcat predict cut.skipcat whole.png",
        "'cut.skipcat/classifier.json' is damaged: it is not JSON.",
    ),
    Case(
        "Classifier folders",
        "a description that is a list",
        "skipcat predict list.skipcat whole.png",
        "'list.skipcat/classifier.json' is damaged: it is not a JSON object.",
    ),
    Case(
        "Classifier folders",
        "somebody else's description",
        "skipcat predict foreign.skipcat whole.png",
        "'foreign.skipcat/classifier.json' was not written by skipcat: it has no format.",
    ),
    Case(
        "Classifier folders",
        "a later version",
        "skipcat predict newer.skipcat whole.png",
        (
            "'newer.skipcat/classifier.json' has format 2; this version reads format 1. A newer "
            "skipcat may read it."
        ),
    ),
    Case(
        "Classifier folders",
        "a value of another type",
        "skipcat predict warm.skipcat whole.png",
        "'warm.skipcat/classifier.json' is damaged at 'temperature': […].",
    ),
    Case(
        "Classifier folders",
        "a temperature of 0",
        "skipcat predict cold.skipcat whole.png",
        (
            "'cold.skipcat' cannot be loaded: Mean, std and temperature must be finite, std and "
            "temperature above 0."
        ),
    ),
    Case(
        "Classifier folders",
        "fewer class names than classes",
        "skipcat predict fewer.skipcat whole.png",
        (
            "'fewer.skipcat' cannot be loaded: evaluation.json is of other classes; without that "
            "file the rest may load."
        ),
    ),
    Case(
        "Classifier folders",
        "an evaluation of other classes",
        "skipcat predict renamed.skipcat whole.png",
        (
            "'renamed.skipcat' cannot be loaded: evaluation.json is of other classes; without that "
            "file the rest may load."
        ),
    ),
    Case(
        "Classifier folders",
        "a network larger than its weights",
        "skipcat predict huge.skipcat whole.png",
        (
            "'huge.skipcat/weights.safetensors' holds […] bytes; the network that classifier.json "
            "describes needs 260,299,384."
        ),
    ),
    Case(
        "Classifier folders",
        "hashes that are no list",
        "skipcat predict used.skipcat whole.png",
        "'used.skipcat/used_images.json' is damaged: it must hold lists of hashes.",
    ),
    Case(
        "Classifier folders",
        "an evaluation that is empty",
        "skipcat predict judged.skipcat whole.png",
        "'judged.skipcat' cannot be loaded: A stored evaluation lacks its 'classes'.",
    ),
    Case(
        "Classifier folders",
        "saving over other files",
        "clf.save('photos')",
        "'photos' holds other files; save into a new folder.",
    ),
    Case(
        "Classifier folders",
        "saving over a file",
        "clf.save('notes.txt')",
        "'notes.txt' is a file; a classifier is saved as a folder.",
    ),
    Case(
        "Classifier folders",
        "saving into a file",
        "clf.save('notes.txt/digits.skipcat')",
        "Cannot write 'notes.txt/digits.skipcat': […]. That file is as it was.",
    ),
    Case(
        "Runs",
        "a run that is there already",
        "skipcat.train((images, labels), out='stopped')",
        "'stopped' already holds a run; continue it with --resume or choose another --out.",
    ),
    Case(
        "Runs",
        "a folder in which another command is at work",
        "skipcat train photos --out busy --resume",
        "Another skipcat (process […]) is at work in 'busy'; wait for its end, or choose another "
        "--out.",
    ),
    Case(
        "Runs",
        "a file in the place of the folder",
        "skipcat train photos --out notes.txt",
        "'notes.txt' is a file; --out needs a folder.",
    ),
    Case(
        "Runs",
        "a name that is too long for a folder",
        f"skipcat train photos --out {'x' * 300}",
        f"--out cannot be '{'x' * 60}…': File name too long; choose another name.",
    ),
    Case(
        "Runs",
        "other files in the folder",
        "skipcat train photos --out loose",
        "'loose' already holds other files; choose another --out.",
    ),
    Case(
        "Runs",
        "a folder in the data",
        "skipcat train photos --out photos/run",
        ("'photos/run' lies in the data 'photos', where nothing is written; choose another --out."),
    ),
    Case(
        "Runs",
        "a classifier in the folder",
        "skipcat train photos --out digits.skipcat",
        "'digits.skipcat' already holds a classifier; choose another --out.",
    ),
    Case(
        "Runs",
        "a folder in the place of a run's file",
        "skipcat.train((images, labels), out='stopped-metrics', resume=True)",
        "'stopped-metrics/metrics.csv' is a folder, and a file is written there; move it away, or "
        "choose another --out.",
    ),
    Case(
        "Runs",
        "a file in the place of a run's folder",
        "skipcat.train((images, labels), out='stopped-events', resume=True)",
        "'stopped-events/events' is a file, and a folder is made there; move it away, or choose "
        "another --out.",
    ),
    Case(
        "Runs",
        "a folder below a file",
        "skipcat train photos --network resnet_cifar8 --out notes.txt/run",
        "'notes.txt' is a file, so 'notes.txt/run' cannot be written; choose another --out.",
    ),
    Case(
        "Runs",
        "a resume with another network and recipe",
        "skipcat train photos --network resnet_cifar20 --epochs 3 --out stopped --resume",
        (
            "The run in 'stopped' was started otherwise (network resnet_cifar8, now "
            "resnet_cifar20; epochs 1, now 3); resume it as it was, or choose another --out."
        ),
    ),
    Case(
        "Runs",
        "a resume with another version of torch",
        "skipcat.train((images, labels), out='stopped-version', resume=True, **short)",
        (
            "The run in 'stopped-version' was started otherwise (torch 1.0, now […]); resume it as "
            "it was, choose another --out, or pass --allow-changes, and it will be noted."
        ),
    ),
    Case(
        "Runs",
        "a resume with a plan of a thousand million epochs",
        "skipcat.train((images, labels), out='stopped-endless', resume=True, **short)",
        (
            "'stopped-endless/plan.jsonl' is damaged; choose another --out, or delete "
            "'stopped-endless' to start anew."
        ),
    ),
    Case(
        "Runs",
        "a resume with other images",
        "skipcat.train((255 - images, labels), out='stopped', resume=True, **short)",
        (
            "The run in 'stopped' was started on other images or labels than 'arrays' holds now; "
            "choose another --out."
        ),
    ),
    Case(
        "Runs",
        "a resume with a damaged recipe",
        "skipcat.train((images, labels), out='stopped-recipe', resume=True, **short)",
        (
            "'stopped-recipe/recipe.json' is damaged; choose another --out, or delete "
            "'stopped-recipe' to start anew."
        ),
    ),
    Case(
        "Runs",
        "a resume with a damaged plan",
        "skipcat.train((images, labels), out='stopped-plan', resume=True, **short)",
        (
            "'stopped-plan/plan.jsonl' is damaged; choose another --out, or delete 'stopped-plan' "
            "to start anew."
        ),
    ),
    Case(
        "Runs",
        "a resume with damaged checkpoints",
        "skipcat.train((images, labels), out='stopped-checkpoint', resume=True, **short)",
        (
            "The only checkpoint in 'stopped-checkpoint/checkpoints' is damaged; choose another "
            "--out, or delete 'stopped-checkpoint' to start anew."
        ),
    ),
    Case(
        "Devices",
        "a device of another name",
        "skipcat train photos --network resnet_cifar8 --out new --device gpu",
        "No device is called 'gpu'; allowed: auto, cpu, cuda, mps.",
    ),
    Case(
        "Devices",
        "a device that this machine lacks",
        "skipcat train photos --network resnet_cifar8 --out new --device mps",
        "This machine has no device 'mps'; 'cpu' always works.",
    ),
    Case(
        "Devices",
        "a number that is none",
        "skipcat train photos --network resnet_cifar8 --out new --device cpu:x",
        "'cpu:x' names no device; try 'auto'.",
    ),
    Case(
        "Devices",
        "an engine of another name",
        "skipcat.measure_latency(net, image_px=32, engine='tensorrt')",
        "No engine is called 'tensorrt'. Engines: torch, channels_last, compiled.",
    ),
    Case(
        "Devices",
        "a batch of none",
        "skipcat.measure_latency(net, image_px=32, batch=0)",
        "A batch of 0 cannot be timed; 1 or more is needed.",
    ),
    Case(
        "Evaluating and comparing",
        "data of other classes",
        "skipcat evaluate digits.skipcat strangers",
        (
            "'strangers' holds the class 'cat', which this classifier does not know. It knows: 0, "
            "1, 2, 3, 4, 5, 6, 7, …."
        ),
    ),
    Case(
        "Evaluating and comparing",
        "only images that it was trained on",
        "skipcat.load('digits.skipcat').evaluate((images[:9], labels[:9]))",
        (
            "No image of 'arrays' may judge this classifier (8 trained on, 1 used to decide "
            "(validation)); give images that it has not seen."
        ),
    ),
    Case(
        "Evaluating and comparing",
        "data that do not exist",
        "skipcat evaluate digits.skipcat nowhere",
        (
            "There is no folder or file 'nowhere', and no set is called so. Named sets: digits, "
            "fashion-mnist, cifar10."
        ),
    ),
    Case(
        "Evaluating and comparing",
        "three classifiers",
        "skipcat evaluate digits.skipcat digits.skipcat digits.skipcat digits",
        (
            "'skipcat evaluate' takes one or two classifier folders, then DATA; given: "
            "digits.skipcat digits.skipcat digits.skipcat digits."
        ),
    ),
    Case(
        "Evaluating and comparing",
        "no data",
        "skipcat evaluate digits.skipcat",
        (
            "'skipcat evaluate' takes one or two classifier folders, then DATA; given: "
            "digits.skipcat."
        ),
    ),
    Case(
        TOLD,
        "five images",
        "skipcat train five --network resnet_cifar8 --epochs 1",
        "No test part was kept, so nobody knows how good it is on new images.",
    ),
    Case(
        TOLD,
        "a batch larger than the data",
        "skipcat train five --network resnet_cifar8 --epochs 1 --batch 4096 --out five2.skipcat",
        "A batch of 4096 is more than the 5 training images; it is all of them.",
    ),
)
