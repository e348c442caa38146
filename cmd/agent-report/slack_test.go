package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"agentreport/bot/fakeslack"
	"agentreport/reports"
	"agentreport/store"
)

// workspace is a stand-in Slack, and the flags that point the program at it.
func workspace(t *testing.T) (*fakeslack.Server, []string) {
	t.Helper()
	s := fakeslack.New(nil)
	s.FileDelay = 0
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	return s, []string{"--slack-api-url", web.URL + "/api", "--slack-bot-token", fakeslack.BotToken}
}

func TestSendNow(t *testing.T) {
	slack, flags := workspace(t)
	dir := t.TempDir()
	sub := func(args ...string) result { return ar(t, dir, append(flags[:len(flags):len(flags)], args...)...) }
	file := filepath.Join(dir, "events.ndjson")
	sub("generate", "--weeks", "3", "--conversations", "80", "--out", file).must(t, exitOK)
	sub("import", file).must(t, exitOK)
	sub("subscriptions", "add", "--channel", "C0000000001", "--id", "team", "--language", "es").must(t, exitOK)
	sub("subscriptions", "send-now", "team").must(t, exitOK)
	messages := slack.Messages("C0000000001")
	if len(messages) != 2 || !strings.HasPrefix(messages[0].Text, "Impacto de la semana") || messages[1].ThreadTS != messages[0].TS {
		t.Fatalf("%d messages, the first %q; want one digest in Spanish and its thread", len(messages), messages[0].Text)
	}
	for _, m := range messages {
		if n := strings.Count(string(m.Blocks), `"slack_file"`); n != 2 {
			t.Errorf("%d charts in %q; want 2", n, m.Text)
		}
	}
	if r := sub("deliveries", "--steps").must(t, exitOK); !strings.Contains(r.out, "posted") || !strings.Contains(r.out, messages[0].TS) {
		t.Errorf("deliveries:\n%s", r.out)
	}
	if r := sub("doctor").must(t, exitOK); !strings.Contains(r.out, "#support-team: the bot is in it") {
		t.Errorf("doctor:\n%s", r.out)
	}
	slack.Change("C0000000001", func(c *fakeslack.Channel) { c.BotIsMember = false })
	if r := sub("subscriptions", "send-now", "team").must(t, exitFailed); !strings.Contains(r.err, "not_in_channel") {
		t.Errorf("send-now to a channel without the bot:\n%s", r.err)
	}
	if r := sub("doctor").must(t, exitDiffers); !strings.Contains(r.out, "/invite @agent-report") {
		t.Errorf("doctor:\n%s", r.out)
	}
	sub("subscriptions", "pause", "team").must(t, exitOK)
	if r := sub("subscriptions", "list").must(t, exitOK); !strings.Contains(r.out, "paused") {
		t.Errorf("list:\n%s", r.out)
	}
}

func TestDryRun(t *testing.T) {
	dir := t.TempDir()
	file, out := filepath.Join(dir, "events.ndjson"), filepath.Join(dir, "out")
	ar(t, dir, "generate", "--weeks", "14", "--conversations", "80", "--until", "2025-09-22", "--out", file).must(t, exitOK)
	ar(t, dir, "import", file).must(t, exitOK)
	r := ar(t, dir, "digest", "--dry-run", "--out", out, "--week", "2025-W38", "--now", "2025-09-22T09:00:00Z").must(t, exitOK)
	if !strings.Contains(r.out, "Impact this week · 15–21 Sep 2025") {
		t.Errorf("printed:\n%s", r.out)
	}
	var message struct {
		Text     string
		Blocks   []map[string]any
		Metadata map[string]any
	}
	b, err := os.ReadFile(filepath.Join(out, "message.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &message); err != nil || len(message.Blocks) < 8 || message.Metadata["event_type"] == nil {
		t.Errorf("message.json: %v\n%s", err, b)
	}
	for _, name := range []string{"digest.html", "digest.txt", "activity.png", "rates.png", "channels.png", "feedback.png"} {
		if info, err := os.Stat(filepath.Join(out, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if r := ar(t, dir, "digest", "--dry-run", "--out", out, "--week", "2026-W10", "--now", "2026-03-09T09:00:00Z").must(t, exitOK); !strings.Contains(r.out, "No events since") {
		t.Errorf("a silent week:\n%s", r.out)
	}
}

func TestServe(t *testing.T) {
	slack, flags := workspace(t)
	dir := t.TempDir()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	cfg := Config{
		Data: dir, Zone: "UTC", Window: "72h", Definition: "standard", Retention: "90d", Listen: listener.Addr().String(),
		DigestChannel: "C0000000001", DigestSchedule: "0 9 * * MON", DigestLanguage: "en", DigestCatchUp: "24h",
		SlackBotToken: fakeslack.BotToken, SlackAPIURL: flags[1], IngestToken: "fixed",
	}
	ctx, stop := context.WithCancel(t.Context())
	a := &app{ctx: ctx, cfg: &cfg, terminal: terminal{strings.NewReader(""), &log, &log}}
	if err := a.checkServe(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- a.with(func(s *store.Store, d reports.Definition) error { return a.serve(ctx, s, d, listener) })
	}()
	base := "http://" + listener.Addr().String()
	req, err := http.NewRequest("POST", base+"/v1/events", strings.NewReader(`{"id":"1","type":"started","conversation":"c","at":"2025-09-22T10:00:00Z"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer fixed")
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("POST /v1/events = %v, %v", res, err)
	}
	res.Body.Close()
	arIn(t, nil, "--agent-report-listen", listener.Addr().String(), "health").must(t, exitOK)
	if r := ar(t, dir, "subscriptions", "list").must(t, exitOK); !strings.Contains(r.out, "environment") {
		t.Errorf("the environment's subscription is not kept:\n%s", r.out)
	}
	ar(t, dir, "--agent-report-zone", "Europe/Madrid", "rebuild").must(t, exitOK)
	if status, said := ask(t, "POST", base+"/v1/events"); status != http.StatusServiceUnavailable || !namesBothZones(said) {
		t.Errorf("an event for a server with the old zone: %d %s; want 503 and both zones", status, said)
	}
	if status, said := ask(t, "GET", base+"/readyz"); status != http.StatusServiceUnavailable || !namesBothZones(said) {
		t.Errorf("readyz of a server with the old zone: %d %s; want 503 and both zones", status, said)
	}
	if status, said := ask(t, "GET", base+"/healthz"); status != http.StatusOK {
		t.Errorf("healthz: %d %s; want the process alive, to be asked", status, said)
	}
	if got := ar(t, dir, "--agent-report-zone", "Europe/Madrid", "report", "all", "--json").must(t, exitOK).out; strings.Contains(got, `"conversations": 2`) {
		t.Errorf("what was refused is counted:\n%s", got)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("serve = %v", err)
	}
	if strings.Contains(log.String(), fakeslack.BotToken) {
		t.Error("the log has the token")
	}
	if n := len(slack.Messages("C0000000001")); n != 0 {
		t.Errorf("%d messages before anything is due", n)
	}
}

func namesBothZones(s string) bool {
	return strings.Contains(s, "UTC") && strings.Contains(s, "Europe/Madrid")
}

// ask sends a new event, or nothing, and returns what is answered.
func ask(t *testing.T, method, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(`{"id":"2","type":"started","conversation":"d","at":"2025-09-22T11:00:00Z"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer fixed")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestDoctorLive(t *testing.T) {
	workspace, flags := workspace(t)
	dir := t.TempDir()
	doctor := func(args ...string) result {
		return ar(t, dir, append(append(flags[:len(flags):len(flags)], args...), "doctor", "--live")...)
	}
	out := doctor().must(t, exitOK).out
	for _, want := range []string{"in en and es\n", "ok    views: Slack takes all ", "note  data_table: Slack takes 100 rows with the header\n", "note  picture: not run: DIGEST_OWNER names nobody"} {
		if !strings.Contains(out, want) {
			t.Errorf("doctor --live lacks %q:\n%s", want, out)
		}
	}
	if out := doctor("--digest-owner", "U00000000ED").must(t, exitOK).out; !strings.Contains(out, "note  picture: not run: there are no conversations in the last 12 weeks") {
		t.Errorf("doctor --live of an empty store:\n%s", out)
	}

	file := filepath.Join(dir, "events.ndjson")
	ar(t, dir, "generate", "--weeks", "3", "--conversations", "80", "--out", file).must(t, exitOK)
	ar(t, dir, "import", file).must(t, exitOK)
	if out := doctor("--digest-owner", "U00000000ED").must(t, exitOK).out; !strings.Contains(out, "ok    picture: sent to U00000000ED") {
		t.Errorf("doctor --live:\n%s", out)
	}
	sent := workspace.Messages("D00000000ED")
	if len(sent) != 1 || !strings.Contains(string(sent[0].Blocks), `"slack_file"`) {
		t.Errorf("the owner has %d messages; want one with a picture", len(sent))
	}

	if out := ar(t, dir, "doctor", "--live").must(t, exitDiffers).out; !strings.Contains(out, "BAD   Slack: --live needs SLACK_BOT_TOKEN") {
		t.Errorf("doctor --live without a token:\n%s", out)
	}

	if out := ar(t, dir, "--digest-channel", "C0123456789", "--digest-owner", "me", "doctor").must(t, exitDiffers).out; !strings.Contains(out, `BAD   DIGEST_OWNER: "me" is not a user's id`) {
		t.Errorf("doctor of an owner that is none:\n%s", out)
	}
	if r := ar(t, dir, "subscriptions", "add", "--channel", "C0123456789", "--tell", "me").must(t, exitUsage); !strings.Contains(r.err, `--tell: "me" is not a user's id`) {
		t.Errorf("a schedule that tells nobody: %s", r.err)
	}

	// Slack limits how often it is asked; a word that is no verdict ends it.
	workspace.Fail("blocks.validate", fakeslack.Fault{RetryAfter: time.Second})
	doctor().must(t, exitOK)
	workspace.Fail("blocks.validate", fakeslack.Fault{Error: "unknown_method", Times: 2})
	if out := doctor().must(t, exitDiffers).out; !strings.Contains(out, "BAD   views: blocks.validate: Slack answers unknown_method") || strings.Contains(out, "takes all") {
		t.Errorf("doctor --live where Slack has no such method:\n%s", out)
	}
	workspace.Fail("files.getUploadURLExternal", fakeslack.Fault{Error: "no_permission"})
	if out := doctor("--digest-owner", "U00000000ED").must(t, exitDiffers).out; !strings.Contains(out, "BAD   picture: ") || !strings.Contains(out, "no_permission") {
		t.Errorf("doctor --live where files are refused:\n%s", out)
	}
}

// TestValidatable shows Slack views that it refuses.
func TestValidatable(t *testing.T) {
	_, flags := workspace(t)
	d := &doctor{app: &app{ctx: t.Context(), cfg: &Config{SlackAPIURL: flags[1], SlackBotToken: fakeslack.BotToken}}}
	for _, tt := range []struct{ sample, argument, want string }{
		{`{"type":"modal","title":{"type":"plain_text","text":"t"},"blocks":[{"type":"section","text":{"type":"mrkdwn","text":""}}]}`, "view", "/blocks/0/text"},
		{`{"text":"t","blocks":[{"type":"image","alt_text":"a","slack_file":{"id":"F1"}},{"type":"divider"}]}`, "blocks", ""},
		{`{"text":"t","blocks":[{"type":"header","text":{"type":"mrkdwn","text":"x"}}]}`, "blocks", "/blocks/0/text"},
	} {
		argument, payload, err := validatable([]byte(tt.sample))
		if err != nil || argument != tt.argument {
			t.Fatalf("validatable(%s) = %s, %v; want %s", tt.sample, argument, err, tt.argument)
		}
		problems, err := d.validate(argument, payload)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case tt.want == "" && len(problems) > 0, tt.want != "" && (len(problems) == 0 || !strings.HasPrefix(problems[0].Pointer, tt.want) || problems[0].Message == ""):
			t.Errorf("%s: Slack finds %+v; want something at %q", tt.sample, problems, tt.want)
		}
	}
	if _, err := d.validate("blocks", "["+strings.Repeat(" ", maxValidated)+"]"); err == nil || !strings.Contains(err.Error(), "invalid_arguments") {
		t.Errorf("an argument that is too long: %v", err)
	}
}

// TestDoubtfulSubscription holds that what is odd about a new subscription is asked about,
// and that who hears of failures can be changed.
func TestDoubtfulSubscription(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "events.ndjson")
	ar(t, dir, "generate", "--weeks", "2", "--conversations", "20", "--out", file).must(t, exitOK)
	ar(t, dir, "import", file).must(t, exitOK)
	ar(t, dir, "subscriptions", "add", "--channel", "C0123456789", "--id", "one").must(t, exitOK)
	if r := ar(t, dir, "subscriptions", "add", "--channel", "C0123456789").must(t, exitFailed); !strings.Contains(r.err, "subscription one already") || !strings.Contains(r.err, "--anyway") {
		t.Errorf("a second digest for a channel: %s", r.err)
	}
	if r := ar(t, dir, "subscriptions", "add", "--channel", "C0123456788", "--filter", "fax").must(t, exitFailed); !strings.Contains(r.err, `"fax"; there are: `) || !strings.Contains(r.err, "chat") {
		t.Errorf("a filter that fits nothing: %s", r.err)
	}
	ar(t, dir, "subscriptions", "add", "--channel", "C0123456788", "--filter", "chat").must(t, exitOK)
	ar(t, dir, "subscriptions", "add", "--channel", "U0123456789", "--filter", "fax", "--anyway", "--alert", "C0123456788").must(t, exitOK)
	ar(t, dir, "subscriptions", "tell", "one", "U0123456789", "--alert", "C0123456788").must(t, exitOK)
	if r := ar(t, dir, "subscriptions", "list", "--json").must(t, exitOK); strings.Count(r.out, `"alert": "C0123456788"`) != 2 || !strings.Contains(r.out, `"created_by": "U0123456789"`) {
		t.Errorf("who is told: %s", r.out)
	}
	ar(t, dir, "subscriptions", "tell", "one", "U0123456780").must(t, exitOK)
	if r := ar(t, dir, "subscriptions", "list", "--json").must(t, exitOK); strings.Count(r.out, `"alert": "C0123456788"`) != 2 {
		t.Errorf("another owner took the second channel away: %s", r.out)
	}
	ar(t, dir, "subscriptions", "tell", "one", "me").must(t, exitUsage)
}
