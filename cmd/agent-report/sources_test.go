package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"agentreport/reports"
	"agentreport/store"
)

const sourceFiles = "../../handlers/sources/testdata/"

// TestImportSource holds the way of a newcomer with a file of another system: it is
// recognised, imported, and gives a figure.
func TestImportSource(t *testing.T) {
	dir := t.TempDir()
	for name, file := range map[string]string{
		"hubspot": "hubspot/thread.json", "intercom": "intercom/conversation.json", "rasa": "rasa/tracker.json", "slack-export": "slack-export/2026-09-08.json",
		"voiceflow": "voiceflow/transcript.json", "botpress": "botpress/messages.json", "dialogflow-cx": "dialogflow-cx/conversation.json", "otlp": "otlp/traces.json",
	} {
		file = sourceFiles + file
		if r := ar(t, dir, "import", file).must(t, exitFailed); !strings.Contains(r.err, "import it with --source "+name) {
			t.Errorf("%s is not recognised:\n%s%s", file, r.out, r.err)
		}
		if r := ar(t, dir, "import", "--source", name, file).must(t, exitOK); strings.Contains(r.out, " 0 events accepted") {
			t.Errorf("%s: %s", file, r.out)
		}
		if r := ar(t, dir, "import", "--source", name, file).must(t, exitOK); !strings.Contains(r.out, " 0 events accepted") || strings.Contains(r.out, "other contents") {
			t.Errorf("%s again: %s", file, r.out)
		}
	}
	if r := ar(t, dir, "report", "handled", "--from", "2026-09-07", "--to", "2026-09-14", "--now", "2026-11-20T00:00:00Z").must(t, exitOK); !strings.Contains(r.out, "  9\nTotal ") {
		t.Errorf("the week of all files:\n%s", r.out)
	}
	if r := ar(t, dir, "report", "feedback", "--from", "2026-09-07", "--to", "2026-09-14").must(t, exitOK); !strings.Contains(r.out, "“hubspot” does not tell ratings.") || strings.Contains(r.out, "“intercom” does") {
		t.Errorf("feedback:\n%s", r.out)
	}
	if r := ar(t, dir, "report", "feedback", "--from", "2026-09-07", "--to", "2026-09-14", "--json").must(t, exitOK); strings.Contains(r.out, "does not tell") {
		t.Errorf("feedback as JSON:\n%s", r.out)
	}
	if r := ar(t, dir, "sources").must(t, exitOK); !strings.Contains(r.out, "2026-09-08 17:00 UTC") || !strings.Contains(r.out, "ratings, outcomes, reasons for handoffs") {
		t.Errorf("sources:\n%s", r.out)
	}
	ar(t, dir, "verify").must(t, exitOK)

	ours := filepath.Join(dir, "ours.ndjson")
	if err := os.WriteFile(ours, []byte(`{"id":"1","type":"reopened","conversation":"c","at":"2026-09-08T16:00:00Z"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := ar(t, dir, "import", "--source", "hubspot", ours).must(t, exitOK); !strings.Contains(r.out, "1 event accepted") {
		t.Errorf("our own format under a source's name: %s", r.out)
	}
	if err := os.WriteFile(ours, []byte("id,type,conversation,at\n2,reopened,c,2026-09-08T16:00:00Z\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := ar(t, dir, "import", "--source", "hubspot", ours).must(t, exitOK); !strings.Contains(r.out, "1 event accepted") {
		t.Errorf("a table under a source's name: %s", r.out)
	}
	for file, want := range map[string]string{
		`[{"audits":[],"count":0}]`:                                         "looks like Zendesk",
		`{"event":"message_created","account":{"id":1}}`:                    "looks like Chatwoot",
		"Period,No. of conversations,Resolution rate\n2026-09-01,120,61%\n": "these are sums",
		`{"orders":[{"sku":1}]}`:                                            "",
	} {
		path := filepath.Join(dir, "other")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		if r := ar(t, dir, "import", path); r.code == exitOK || !strings.Contains(r.err, want) {
			t.Errorf("%s: %d %s%s; want %q", file, r.code, r.out, r.err, want)
		}
	}
}

// TestSourcesCheck holds what is said of a file, and of a program of one's own.
func TestSourcesCheck(t *testing.T) {
	dir := t.TempDir()
	program := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	chats := program("chats.json", `[{"nr": 12345678901234567890, "asked": "Hi <b>you</b>", "on": 1788883200, "by": "bot-7"}, {"nr": 2}]`)
	good := program("ours.jq", `# Ours.
if .asked == null then ignored("chat \(.nr)"; "nothing was asked")
else {id: .nr, conversation: .nr, type: "message", at: .on, actor: (if .by | is_in($source.agents) then "agent" else "customer" end), text: (.asked | plain)}
end`)
	t.Setenv("SOURCE_OURS_AGENTS", "nobody, bot-*")
	for _, tt := range []struct {
		args []string
		code int
		want []string
	}{
		{[]string{"hubspot", sourceFiles + "hubspot/thread.json"}, exitOK, []string{`"id":"a4","source":"hubspot"`, "left out: status a1: the thread was open before"}},
		{[]string{"hubspot", sourceFiles + "hubspot/export.json"}, exitDiffers, []string{"value 3 is refused: not what HubSpot sends"}},
		{[]string{"ours", chats, "--jq", good}, exitOK, []string{`"id":"12345678901234567890","source":"ours","type":"message"`, `"actor":"agent"`, `"text":"Hi you"`, "left out: chat 2: nothing was asked"}},
		{[]string{"ours", chats, "--jq", program("a.jq", "{\n| x")}, exitUsage, []string{`a.jq, line 2: unexpected token`}},
		{[]string{"ours", chats, "--jq", program("b.jq", ".a |\n\nmine(1)")}, exitUsage, []string{`b.jq, line 3: function not defined: mine/1`}},
		{[]string{"ours", chats, "--jq", program("c.jq", ".nr")}, exitDiffers, []string{"value 1 is refused: c.jq: output 1 is number, not an event", "value 2 is refused"}},
		{[]string{"ours", chats, "--jq", program("d.jq", "{id: .nr, type: \"msg\"}")}, exitOK, []string{"left out: output 1", "did you mean message?"}},
		{[]string{"ours", chats, "--jq", program("g.jq", "$ENV.HOME, env")}, exitDiffers, []string{"not an event: null"}},
		{[]string{"nobody", chats}, exitUsage, []string{`there is no source "nobody": use one of botpress`}},
		{[]string{"events", "../../handlers/ingest/testdata/cases/by_hand_from_readme.ndjson"}, exitDiffers, []string{`"actor":"visitor","text":"Can I pay by cheque?"`, "14 is refused: rating: is required"}},
	} {
		r := ar(t, dir, append([]string{"sources", "check"}, tt.args...)...)
		for _, want := range tt.want {
			if r.code != tt.code || !strings.Contains(r.out+r.err, want) {
				t.Errorf("sources check %s: %d\n%s%s\nwant %d and %s", tt.args, r.code, r.out, r.err, tt.code, want)
			}
		}
	}
	if r := ar(t, dir, "import", "--jq", good, "--source", "ours", chats).must(t, exitOK); !strings.Contains(r.out, "1 event accepted") || !strings.Contains(r.out, "1 part left out") {
		t.Errorf("import with a program: %s", r.out)
	}
	t.Setenv("SOURCE_HUBSPOT_SECRET", "s3cret")
	if r := ar(t, dir, "doctor").must(t, exitDiffers); !strings.Contains(r.out, "source hubspot: set up for webhook; it never tells ratings") || !strings.Contains(r.out, "BAD   source hubspot: SOURCE_HUBSPOT_PUBLIC_URL is not set") ||
		!strings.Contains(r.out, "SOURCE_HUBSPOT_TOKEN is not set") {
		t.Errorf("doctor:\n%s", r.out)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "Our Own.jq"), []byte("."), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := ar(t, dir, "--agent-report-sources", folder, "sources").must(t, exitUsage); !strings.Contains(r.err, "small letters") {
		t.Errorf("a bad name: %s", r.err)
	}
}

// TestServeSources holds a served process: a team's own program, and a signed webhook.
func TestServeSources(t *testing.T) {
	dir, folder := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "ours.jq"), []byte(`{id, conversation: .chat, type: "message", at: .on, actor: "agent"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(folder, "secret")
	if err := os.WriteFile(secret, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOURCE_INTERCOM_SECRET_FILE", secret)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		a := &app{ctx: ctx, cfg: &Config{Data: dir, Zone: "UTC", Window: "72h", Definition: "standard", Retention: "forever", IngestToken: "fixed", Sources: folder}, terminal: terminal{err: t.Output()}}
		ended <- a.with(func(s *store.Store, d reports.Definition) error { return a.serve(ctx, s, d, listener) })
	}()
	post := func(name, body string, header http.Header) int {
		r, err := http.NewRequest(http.MethodPost, "http://"+address+"/v1/sources/"+name, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = header
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	webhook, err := os.ReadFile(sourceFiles + "intercom/webhook.json")
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, []byte("s3cret"))
	mac.Write(webhook)
	if code := post("intercom", string(webhook), http.Header{"X-Hub-Signature": {"sha1=" + hex.EncodeToString(mac.Sum(nil))}}); code != http.StatusOK {
		t.Errorf("a signed webhook: %d", code)
	}
	if code := post("ours", `{"id": 1, "chat": 2, "on": 1788883200}`, http.Header{"Authorization": {"Bearer fixed"}}); code != http.StatusOK {
		t.Errorf("a webhook of our own program: %d", code)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("serve ended with %v", err)
	}
	if r := ar(t, dir, "--agent-report-sources", folder, "sources").must(t, exitOK); !strings.Contains(r.out, "2026-09-08 20:46 UTC") || !strings.Contains(r.out, "what ours.jq makes of it") {
		t.Errorf("sources:\n%s", r.out)
	}
	t.Setenv("SOURCE_INTERCOM_SECRET", "both")
	t.Setenv("SOURCE_RASA_GAPS", "perhaps")
	if r := ar(t, dir, "--agent-report-listen", address, "serve").must(t, exitUsage); !strings.Contains(r.err, "both set") || !strings.Contains(r.err, `"perhaps" is neither on nor off`) {
		t.Errorf("a wrong configuration: %s", r.err)
	}
}

// TestDemoAsksNoVendor holds that the demo does not take up the settings of the real
// sources: nothing leaves the machine.
func TestDemoAsksNoVendor(t *testing.T) {
	t.Setenv("SOURCE_HUBSPOT_TOKEN", "real")
	for _, tt := range []struct {
		getenv func(string) string
		want   string
	}{{nil, "real"}, {func(string) string { return "" }, ""}} {
		all, err := (&app{cfg: &Config{}, getenv: tt.getenv}).sources()
		if err != nil || all["hubspot"].Token != tt.want {
			t.Errorf("the token is %q, %v; want %q", all["hubspot"].Token, err, tt.want)
		}
	}
}
