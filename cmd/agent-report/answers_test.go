package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAnswersFiles(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	csv := filepath.Join(t.TempDir(), "faq.csv")
	if err := os.WriteFile(csv, []byte("\ufeffQuestion,Answer,language\n\"Where, exactly?\",\"two\nlines\",en\nWhen?,soon,es\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := ar(t, from, "answers", "import", csv).must(t, exitOK); r.out != "2 answers added, 0 known already and brought up to date\n" {
		t.Errorf("import of a CSV: %q", r.out)
	}
	file := filepath.Join(t.TempDir(), "answers.json")
	exported := ar(t, from, "answers", "export").must(t, exitOK).out
	if err := os.WriteFile(file, []byte(exported), 0o600); err != nil {
		t.Fatal(err)
	}
	ar(t, to, "answers", "import", file).must(t, exitOK)
	if got := ar(t, to, "answers", "export").must(t, exitOK).out; got != exported {
		t.Errorf("what was imported is exported as\n%s\nwant\n%s", got, exported)
	}
	if r := ar(t, to, "answers", "import", file).must(t, exitOK); r.out != "0 answers added, 2 known already and brought up to date\n" {
		t.Errorf("import again: %q", r.out)
	}
	if got := ar(t, to, "answers", "export").must(t, exitOK).out; got != exported {
		t.Error("the same file once more changes something")
	}
	if got := ar(t, to, "answers", "export", "--format", "markdown", "--language", "es").must(t, exitOK).out; got != "## When?\n\nsoon\n\n" {
		t.Errorf("Markdown: %q", got)
	}
	for _, tt := range []struct{ in, format, want string }{
		{"", "json", "it is not JSON"},
		{"{}x", "csv", "the columns question and answer"},
		{"question,answer\na,\n", "csv", "answer 1: it needs a question and an answer"},
		{"question,answer\na,b,c\n", "csv", "wrong number of fields"},
		{"question,answer,created_at\na,b,yesterday\n", "csv", `line 2: created_at "yesterday"`},
		{"question,answer\na," + strings.Repeat("x", 3001) + "\n", "csv", "longer than 3000"},
	} {
		r := arIn(t, strings.NewReader(tt.in), "--agent-report-data", to, "answers", "import", "-", "--format", tt.format).must(t, exitUsage)
		if !strings.Contains(r.err, tt.want) {
			t.Errorf("import of %.30q: %q; want %q", tt.in, r.err, tt.want)
		}
	}
}
