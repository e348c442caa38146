"""Score the grouping of questions on labelled data, against bar and aim.

The data is a folder that AGENT_REPORT_TEST_DATA names (default ../shared/data),
with topics/*.tsv and the scorer in ../tools/score_topics.py beside it. Each file
is grouped as it is, with its languages, and without them; and in three other
orders, of which the mean is printed.
"""
import gzip, json, os, pathlib, random, subprocess, sys, tempfile

FILES = {  # name: (bar, aim), each B-cubed F1 and adjusted Rand index
    "dev_banking_en": ((.60, .60), (.64, .68)),
    "dev_clinc_en": ((.63, .58), (.71, .65)),
    "dev_clinc_noise_en": ((.75, .74), (.78, .79)),
    "dev_banking_es": ((.60, .55), (.63, .61)),
    "support_unanswered": ((.53, .50), (.57, .59)),
}


def rows(data, name):
    """The labelled questions in the order in which they were asked: id, label, text, language."""
    plain = data / "topics" / f"{name}.tsv"
    if plain.exists():
        lines = plain.read_text(encoding="utf-8").splitlines()[1:]
        return [l.split("\t")[:4] for l in lines]
    with gzip.open(data / "topics" / f"{name}.labels.tsv.gz", "rt", encoding="utf-8") as f:
        labels = dict(l.rstrip("\n").split("\t")[:2] for l in f)
    asked = []
    with gzip.open(data / (name.split("_")[0] + ".ndjson.gz"), "rt", encoding="utf-8") as f:
        for line in f:
            e = json.loads(line)
            if e["type"] == "unanswered" and e["id"] in labels:
                asked.append((e["at"], e["id"], e["question"], e.get("language", "")))
    asked.sort()
    return [[i, labels[i], " ".join(q.split()), lang] for _, i, q, lang in asked]


def group_and_score(program, scorer, folder, questions):
    tsv, out = folder / "questions.tsv", folder / "topics.tsv"
    tsv.write_text("id\tlabel\ttext\tlang\n" + "".join("\t".join(q) + "\n" for q in questions), encoding="utf-8")
    with out.open("w") as f:
        subprocess.run([program, "topics", "group", str(tsv)], stdout=f, check=True)
    s = json.loads(subprocess.run([sys.executable, str(scorer), str(tsv), str(out), "--json"], stdout=subprocess.PIPE, check=True).stdout)
    return s["b3_f"], s["ari"]


def main():
    data = pathlib.Path(os.environ.get("AGENT_REPORT_TEST_DATA") or "../shared/data")
    scorer = data.parent / "tools" / "score_topics.py"
    if not (data / "topics").is_dir() or not scorer.exists():
        print(f"topics-score: skipped, there is no labelled data in {data}: set AGENT_REPORT_TEST_DATA")
        return 0
    below = False
    with tempfile.TemporaryDirectory() as tmp:
        folder = pathlib.Path(tmp)
        program = str(folder / "agent-report")
        subprocess.run(["go", "build", "-o", program, "./cmd/agent-report"], check=True)
        print(f"{'B-cubed F1 / ARI':20}  {'bar':11}  {'aim':11}  {'as it is':11}  {'no language':11}  other orders")
        for name, (bar, aim) in FILES.items():
            questions = rows(data, name)
            told = group_and_score(program, scorer, folder, questions)
            untold = group_and_score(program, scorer, folder, [q[:3] + [""] for q in questions])
            others = []
            for seed in range(3):
                shuffled = questions[:]
                random.Random(seed).shuffle(shuffled)
                others.append(group_and_score(program, scorer, folder, shuffled))
            mean = tuple(sum(o[k] for o in others) / len(others) for k in (0, 1))
            below |= told[0] < bar[0] or told[1] < bar[1]
            print(f"{name:20}  " + "  ".join("%.3f/%.3f" % pair for pair in (bar, aim, told, untold, mean)))
    return 1 if below else 0


sys.exit(main())
