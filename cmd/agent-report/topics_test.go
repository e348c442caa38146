package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
