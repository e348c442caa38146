package main

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"agentreport/reports/topics"
)

func write(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file.ndjson")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// questions are unanswered events, one a line.
func questions(texts ...string) string {
	var b strings.Builder
	for i, q := range texts {
		fmt.Fprintf(&b, `{"id":"%d","type":"unanswered","conversation":"c%d","at":"2025-09-22T10:%02d:00Z","question":%q,"channel":"chat"}`+"\n", i, i, i, q)
	}
	return b.String()
}

func TestTopicsList(t *testing.T) {
	dir := t.TempDir()
	if r := ar(t, dir, "topics", "list").must(t, exitOK); r.out != "No open topics.\n" {
		t.Errorf("topics list of an empty store = %q", r.out)
	}
	ar(t, dir, "import", write(t, questions("where is my refund?", "I forgot my password", "Where is my refund", "<!channel> is it open?"))).must(t, exitOK)
	got := ar(t, dir, "topics", "list", "--limit", "2").must(t, exitOK).out
	for _, want := range []string{"TOPIC", "2              2025-09-22  Where is my refund?", "and 1 more: --limit 0 lists all"} {
		if !strings.Contains(got, want) {
			t.Errorf("topics list lacks %q:\n%s", want, got)
		}
	}
	var list struct {
		Total  int
		Topics []struct {
			Name          string
			Conversations int
		}
	}
	if err := json.Unmarshal([]byte(ar(t, dir, "topics", "list", "--json", "--sort", "date").must(t, exitOK).out), &list); err != nil {
		t.Fatal(err)
	}
	if list.Total != 3 || list.Topics[0].Name != "<!channel> is it open?" || list.Topics[1].Conversations != 2 {
		t.Errorf("topics list --json = %+v", list)
	}
	if r := ar(t, dir, "topics", "list", "--channel", "fax").must(t, exitOK); r.out != "No open topics in channel fax.\n" {
		t.Errorf("topics list of no channel = %q", r.out)
	}
	ar(t, dir, "topics", "list", "--status", "later").must(t, exitUsage)
}

func TestTopicsGroup(t *testing.T) {
	tsv := "id\tlabel\ttext\tlang\na\tx\twhere is my refund?\ten\nb\ty\t¿dónde está mi paquete?\tes\n\nc\tx\tWhere is my refund\ten\r\n"
	got := arIn(t, strings.NewReader(tsv), "topics", "group", "-").must(t, exitOK).out
	if got != "a\t1\nb\t2\nc\t1\n" {
		t.Errorf("topics group = %q", got)
	}
	got = arIn(t, strings.NewReader("text\tid\nwhere is my refund?\ta\nwhere is my refund\tb\n"), "topics", "group", "-", "--names").must(t, exitOK).out
	if got != "2\tWhere is my refund?\n" {
		t.Errorf("topics group --names = %q", got)
	}
	for _, tt := range []struct{ tsv, want string }{
		{"", "it is empty"},
		{"id\tquestion\na\tb\n", `line 1: the header needs the columns id and text`},
		{"id\ttext\na\tb\nonly\n", "line 3: it has 1 columns"},
		{"id\ttext\na\t" + strings.Repeat("x", 2<<20) + "\n", "line 2: it is longer than 1 MiB"},
	} {
		if r := arIn(t, strings.NewReader(tt.tsv), "topics", "group", "-").must(t, exitUsage); !strings.Contains(r.err, tt.want) {
			t.Errorf("topics group of %.20q says %q; want %q", tt.tsv, r.err, tt.want)
		}
	}
	arIn(t, nil, "topics", "group", filepath.Join(t.TempDir(), "none.tsv")).must(t, exitFailed)
}

// TestEmbeddings groups what has no word in common because a model says that it
// means the same, and goes on by words alone when the model is away.
func TestEmbeddings(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Input []string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		asked = append(asked, in.Input...)
		data := []map[string]any{}
		for i, text := range in.Input {
			v := make([]float32, 16)
			v[len(text)%15+1] = 0.2
			if strings.Contains(text, "refund") || strings.Contains(text, "money back") {
				v[0] = 1
			} else {
				v[len(text)%15+1] = 1
			}
			data = append(data, map[string]any{"index": i, "embedding": v})
		}
		json.NewEncoder(w).Encode(map[string]any{"data": data})
	}))
	defer server.Close()
	model := []string{"--agent-report-embeddings-url", server.URL + "/v1", "--agent-report-embeddings-model", "tiny"}
	file := write(t, questions("where's the refund, mail me at a@b.example", "give us our money back", "I forgot my password", "do you ship to Norway", "opening hours on Sunday", "is the lamp vegan"))

	names := func(dir string) string { return ar(t, dir, "topics", "list").must(t, exitOK).out }
	plain, helped := t.TempDir(), t.TempDir()
	ar(t, plain, "import", file).must(t, exitOK)
	if got := names(plain); strings.Count(got, "\n") != 7 {
		t.Errorf("by words alone:\n%s\nwant six topics", got)
	}
	ar(t, helped, append(model, "import", file)...).must(t, exitOK)
	if got := names(helped); strings.Count(got, "\n") != 6 || !strings.Contains(got, "  2  ") {
		t.Errorf("with meanings:\n%s\nwant five topics, one of two questions", got)
	}
	if len(asked) != 6 || strings.Contains(strings.Join(asked, " "), "a@b.example") {
		t.Errorf("the model was asked %q; want each question once, masked", asked)
	}
	if got := ar(t, helped, append(model, "doctor")...).out; !strings.Contains(got, "ok    embeddings: tiny answers with 16 numbers") {
		t.Errorf("doctor says\n%s", got)
	}

	server.Close()
	away := t.TempDir()
	ar(t, away, append(model, "import", file)...).must(t, exitOK)
	if got := names(away); strings.Count(got, "\n") != 7 {
		t.Errorf("with the model away:\n%s\nwant what words alone give", got)
	}
	if got := ar(t, away, append(model, "doctor")...).must(t, exitDiffers).out; !strings.Contains(got, "BAD   embeddings of tiny") || !strings.Contains(got, "by their words alone") {
		t.Errorf("doctor says\n%s", got)
	}
	if r := ar(t, away, "--agent-report-embeddings-url", "host", "topics", "list").must(t, exitUsage); !strings.Contains(r.err, "AGENT_REPORT_EMBEDDINGS_URL") {
		t.Errorf("a bad address: %q", r.err)
	}
}

func TestTopicsScore(t *testing.T) {
	dir := t.TempDir()
	put := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if r := ar(t, t.TempDir(), "topics", "score", dir).must(t, exitUsage); !strings.Contains(r.err, "it holds no .tsv") {
		t.Errorf("topics score of an empty folder says %q", r.err)
	}
	ar(t, t.TempDir(), "topics", "score", filepath.Join(dir, "nowhere")).must(t, exitUsage)
	put("shop.tsv", "id\tlabel\ttext\tlang\n1\tmoney\twhere is my refund?\ten\n2\tmoney\tWhere is my refund\ten\n3\tlogin\t¿cómo cambio la clave?\tes\n")
	put("wrong.tsv.gz", "text\tid\tlabel\nwhere is my refund?\t1\tmoney\nwhere is my refund\t2\tlogin\n")
	put("labels.tsv", "id\tlabel\n1\tmoney\n")
	put("notes.txt", "no questions")
	r := ar(t, t.TempDir(), "topics", "score", dir).must(t, exitOK)
	lines := strings.Split(strings.TrimSpace(r.out), "\n")
	if len(lines) != 3 {
		t.Fatalf("topics score = %q", r.out)
	}
	for i, want := range []string{
		"shop.tsv 3 1.000 / 1.000 1.000 / 1.000 1.000 / 1.000",
		"wrong.tsv.gz 2 0.667 / 0.000 0.667 / 0.000 0.667 / 0.000",
	} {
		if got := strings.Join(strings.Fields(lines[i+1]), " "); got != want {
			t.Errorf("topics score, line %d = %q; want %q", i+2, got, want)
		}
	}
	if !strings.Contains(r.err, "labels.tsv: left out: line 1: the header needs the columns id, label and text") {
		t.Errorf("topics score says %q of a file without texts", r.err)
	}
	put("cut.tsv", "id\tlabel\ttext\n1\tmoney\n")
	if r := ar(t, t.TempDir(), "topics", "score", dir).must(t, exitUsage); !strings.Contains(r.err, "cut.tsv: line 2: it has 2 columns") {
		t.Errorf("topics score of a cut line says %q", r.err)
	}
}

// TestScoresOfLabelledData holds the scores that docs/topics.md promises, on data that is not in the repository.
func TestScoresOfLabelledData(t *testing.T) {
	dir := os.Getenv("AGENT_REPORT_TEST_DATA")
	if dir == "" {
		t.Skip("AGENT_REPORT_TEST_DATA names no folder with labelled questions")
	}
	a := &app{ctx: t.Context()}
	for name, bar := range map[string]topics.Score{
		"dev_banking_en":     {B3: .60, Rand: .60},
		"dev_clinc_en":       {B3: .63, Rand: .58},
		"dev_clinc_noise_en": {B3: .75, Rand: .74},
		"dev_banking_es":     {B3: .60, Rand: .55},
		"support_unanswered": {B3: .53, Rand: .50},
	} {
		list := labelled(t, dir, name)
		got, err := a.scores(list)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%-20s %5d questions  %.3f", name, len(list), got)
		if got[0].B3 < bar.B3 || got[0].Rand < bar.Rand {
			t.Errorf("%s: %.3f; want at least %.2f", name, got[0], bar)
		}
	}
}

// labelled reads questions and their labels; those of a stream of events have the texts in the events.
func labelled(t *testing.T, dir, name string) []question {
	t.Helper()
	if f, err := os.Open(filepath.Join(dir, "topics", name+".tsv")); err == nil {
		defer f.Close()
		list, err := readQuestions(f, "id", "label", "text")
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	labels := gunzip(t, filepath.Join(dir, "topics", name+".labels.tsv.gz"))
	list, err := readQuestions(labels, "id", "label")
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]string{}
	for _, q := range list {
		byID[q.id] = q.label
	}
	stream, _, _ := strings.Cut(name, "_")
	type asking struct {
		question
		at time.Time
	}
	var asked []asking
	for lines := bufio.NewScanner(gunzip(t, filepath.Join(dir, stream+".ndjson.gz"))); lines.Scan(); {
		var e struct {
			ID, Type, Question, Language string
			At                           time.Time
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		if label, ok := byID[e.ID]; ok && e.Type == "unanswered" {
			text := topics.Text{Text: strings.Join(strings.Fields(e.Question), " "), Language: e.Language}
			asked = append(asked, asking{question{e.ID, label, text}, e.At})
		}
	}
	slices.SortFunc(asked, func(a, b asking) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.id, b.id)) })
	list = list[:0]
	for _, q := range asked {
		list = append(list, q.question)
	}
	return list
}

func gunzip(t *testing.T, name string) io.Reader {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
