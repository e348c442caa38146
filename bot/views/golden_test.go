package views_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"

	"agentreport/bot/fakeslack"
	"agentreport/bot/views"
)

var update = flag.Bool("update", false, "write the golden views anew")

// goldenMessage compares a message with the one in testdata, and holds it
// against Slack's limits. Pictures are known to no stand-in, so they are left out
// there.
func goldenMessage(t *testing.T, name string, m views.Message) {
	t.Helper()
	golden(t, name, map[string]any{"text": m.Text, "blocks": m.Blocks})
	var blocks []slack.Block
	for _, b := range m.Blocks {
		if b.BlockType() != slack.MBTImage {
			blocks = append(blocks, b)
		}
	}
	raw, err := json.Marshal(blocks)
	if err != nil {
		t.Fatal(err)
	}
	if len(blocks) == 0 {
		return
	}
	if bad := fakeslack.New(nil).Refuses(raw); len(bad) > 0 {
		t.Errorf("%s: Slack refuses %q", name, bad)
	}
}

// goldenView does the same for a modal or a home view.
func goldenView(t *testing.T, name string, view any) {
	t.Helper()
	golden(t, name, view)
	raw, err := json.Marshal(view)
	if err != nil {
		t.Fatal(err)
	}
	if bad := fakeslack.New(nil).RefusesView(raw); len(bad) > 0 {
		t.Errorf("%s: Slack refuses %q", name, bad)
	}
}

func golden(t *testing.T, name string, value any) {
	t.Helper()
	got, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	var parsed any
	if err := json.Unmarshal(got, &parsed); err != nil {
		t.Fatal(err)
	}
	harmless(t, name, "", parsed)
	path := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(path, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: look at the view after -update", err)
	}
	if d := cmp.Diff(strings.TrimSpace(string(want)), string(got)); d != "" {
		t.Errorf("%s (-want +got): look at it after -update\n%s", name, d)
	}
}

// What Slack parses in mrkdwn: whole links, mentions and escapes; and what is left
// of them where one was cut.
var (
	whole        = regexp.MustCompile(`(?m)^>|<(https?://[^<>|\s]+(\|[^<>]+)?|@[A-Z0-9]+|#[A-Z0-9]+)>|&(amp|lt|gt);`)
	brokenMarkup = regexp.MustCompile(`[<>&].{0,20}`)
)

// harmless fails where text from outside could do something: in what Slack
// parses nothing is marked up, and nowhere is anything turned around.
func harmless(t *testing.T, name, key string, value any) {
	t.Helper()
	switch value := value.(type) {
	case map[string]any:
		if text, ok := value["text"].(string); ok && value["type"] == "mrkdwn" {
			if broken := brokenMarkup.FindString(whole.ReplaceAllString(text, "")); broken != "" {
				t.Errorf("%s has markup that is cut or that nobody escaped, at %q: %.200q", name, broken, text)
			}
		}
		for k, v := range value {
			if k == "text" && value["type"] == "plain_text" {
				k = "plain"
			}
			harmless(t, name, k, v)
		}
	case []any:
		for _, v := range value {
			harmless(t, name, key, v)
		}
	case string:
		bad := []string{"\u202e", "kim@example.com", "javascript:"}
		if key == "text" {
			bad = append(bad, "<!channel>", "<@U1>", "<https://evil")
		}
		for _, b := range bad {
			if strings.Contains(value, b) && key != "private_metadata" && key != "value" {
				t.Errorf("%s lets %q through in %s", name, b, key)
			}
		}
	}
}
