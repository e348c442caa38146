package delivery_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"agentreport/bot/fakeslack"
	"agentreport/reports"
)

var update = flag.Bool("update", false, "write the table of faults in docs/delivery.md anew")

// always is for longer than any delivery tries.
const always = 1 << 20

// faultyMethods are the methods of a delivery, in their order. The history is a
// dimension of its own.
var faultyMethods = []string{"conversations.info", "files.getUploadURLExternal", "upload", "files.completeUploadExternal", "files.info", "chat.postMessage"}

// faults are what Slack, or the way to it, may do instead of its work.
var faults = []struct {
	name string
	fakeslack.Fault
}{
	{"429, Retry-After 40", fakeslack.Fault{RetryAfter: 40 * time.Second}},
	{"429 without Retry-After", fakeslack.Fault{Status: 429}},
	{"500", fakeslack.Fault{Status: 500}},
	{"502 with HTML, after the work", fakeslack.Fault{Status: 502, Body: "<html>Bad Gateway</html>", AfterWork: true}},
	{"timeout before the work", fakeslack.Fault{Hang: true}},
	{"timeout after the work", fakeslack.Fault{Hang: true, AfterWork: true}},
	{"reset before the work", fakeslack.Fault{Reset: true}},
	{"reset after the work", fakeslack.Fault{Reset: true, AfterWork: true}},
	{"empty body, after the work", fakeslack.Fault{Empty: true, AfterWork: true}},
	{"truncated JSON, after the work", fakeslack.Fault{Body: `{"ok":tr`, AfterWork: true}},
	{"an object that says nothing", fakeslack.Fault{Body: `{}`, AfterWork: true}},
	{"`invalid_blocks`", fakeslack.Fault{Error: "invalid_blocks"}},
	{"`msg_blocks_too_long`", fakeslack.Fault{Error: "msg_blocks_too_long"}},
	{"`no_permission`", fakeslack.Fault{Error: "no_permission"}},
	{"`ekm_access_denied`", fakeslack.Fault{Error: "ekm_access_denied"}},
	{"`file_not_found`", fakeslack.Fault{Error: "file_not_found"}},
	{"`file_upload_size_restricted`", fakeslack.Fault{Error: "file_upload_size_restricted"}},
	{"`internal_error`", fakeslack.Fault{Error: "internal_error"}},
	{"`ratelimited`", fakeslack.Fault{Error: "ratelimited"}},
	{"a word of no list", fakeslack.Fault{Error: "moon_in_retrograde"}},
}

var (
	faultTimes     = map[string]int{"once": 1, "for ever": always}
	faultHistories = map[string]int{"readable": 0, "fails once": 1, "fails for ever": always}
)

// outcome delivers a digest through a fault and says what came of it, in a word of the
// table, or what is wrong.
func outcome(t *testing.T, method string, f fakeslack.Fault, history int) string {
	o := newOffice(t)
	o.slack.FileDelay = 0
	if method == "chat.postMessage" || method == "conversations.info" {
		f.Channel = team // what tells of it goes elsewhere
	}
	o.slack.Fail(method, f)
	if history > 0 {
		o.slack.Fail("conversations.history", fakeslack.Fault{Error: "fatal_error", Times: history})
	}
	start := time.Now()
	if err := o.deliver(t.Context(), o.process("one", nil)); err != nil {
		t.Error(err)
	}
	synctest.Wait()
	d := o.delivery()
	for _, c := range o.slack.Calls("") {
		if c.Args["channel"] == team && c.Method != "conversations.history" && c.At.After(start.Add(24*time.Hour)) {
			t.Errorf("%s after the deadline", c.Method)
		}
	}
	for _, file := range uploads(o) {
		if file > 4 { // each step of the upload is tried four times at most
			t.Errorf("a picture was uploaded %d times", file)
		}
	}
	digests, told := o.digests(team), ""
	for _, m := range o.slack.Direct("U00000000ED") {
		if strings.Contains(m.Text, "could not be posted") {
			told = "told"
		}
	}
	threads := o.threads(team)
	switch {
	case len(threads) > 1 && history == 0:
		return fmt.Sprintf("%d THREADS", len(threads))
	case len(digests) > 2, len(digests) == 2 && history < always, len(digests) == 2 && method != "chat.postMessage":
		return fmt.Sprintf("%d DIGESTS", len(digests))
	case d.State == reports.Failed && told == "" || !d.Done():
		return "LOST"
	case d.State == reports.Posted && told != "":
		return "TOLD OF A FAILURE THAT IS NONE"
	case d.State == reports.Failed && len(digests) > 0:
		return fmt.Sprintf("told; %d there", len(digests))
	case d.State == reports.Failed:
		return "told"
	}
	what := "text"
	for _, m := range digests[len(digests)-1:] {
		n := strings.Count(string(m.Blocks), `"slack_file"`)
		for _, r := range threads {
			if r.ThreadTS == m.TS {
				n += strings.Count(string(r.Blocks), `"slack_file"`)
			}
		}
		switch {
		case n == 4:
			what = "whole"
		case n > 0:
			what = "some pictures"
		case len(m.Blocks) > 0:
			what = "no pictures"
		}
	}
	if len(digests) == 2 {
		what += ", twice"
	}
	if len(threads) == 0 {
		what += ", no thread"
	}
	return what
}

// uploads is how often each picture was brought to Slack.
func uploads(o *office) map[string]int {
	n := map[string]int{}
	for _, c := range o.slack.Calls("files.getUploadURLExternal") {
		n[c.Args["filename"]]++
	}
	return n
}

// TestFaults delivers a digest through every fault of every method, in virtual time, and
// compares what comes of it with the table in docs/delivery.md.
func TestFaults(t *testing.T) {
	type cell struct{ method, fault, times, history string }
	var mu sync.Mutex
	got := map[cell]string{}
	t.Run("all", func(t *testing.T) {
		for _, method := range faultyMethods {
			t.Run(method, func(t *testing.T) {
				t.Parallel()
				for _, f := range faults {
					for times, n := range faultTimes {
						for history, unreadable := range faultHistories {
							if unreadable > 0 && method != "chat.postMessage" {
								continue // only a post is looked for
							}
							if underRace && rand.IntN(8) > 0 {
								continue // another eighth of the table each time
							}
							f.Times = n
							synctest.Test(t, func(t *testing.T) {
								said := outcome(t, method, f.Fault, unreadable)
								if said == strings.ToUpper(said) {
									t.Errorf("%s: %s, %s, history %s: %s", method, f.name, times, history, said)
								}
								mu.Lock()
								defer mu.Unlock()
								got[cell{method, f.name, times, history}] = said
							})
						}
					}
				}
			})
		}
	})
	if underRace {
		return
	}
	var b strings.Builder
	for _, method := range faultyMethods {
		fmt.Fprintf(&b, "\n### %s\n\n", method)
		histories := []string{"readable", "fails once", "fails for ever"}
		if method != "chat.postMessage" { // only a post is looked for
			histories = histories[:1]
			b.WriteString("| fault | once | for ever |\n|---|---|---|\n")
		} else {
			b.WriteString("| fault | once, history readable | once, fails once | once, fails for ever | for ever, history readable | for ever, fails once | for ever, fails for ever |\n|---|---|---|---|---|---|---|\n")
		}
		for _, f := range faults {
			fmt.Fprintf(&b, "| %s ", f.name)
			for _, times := range []string{"once", "for ever"} {
				for _, history := range histories {
					fmt.Fprintf(&b, "| %s ", got[cell{method, f.name, times, history}])
				}
			}
			b.WriteString("|\n")
		}
	}
	const begins, ends = "<!-- faults: `go test ./bot/delivery -run Faults -update` -->\n", "<!-- end of faults -->"
	path := filepath.Join("..", "..", "docs", "delivery.md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(page), begins)
	was, after, ok2 := strings.Cut(rest, ends)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table", path)
	}
	table := b.String() + "\n"
	if *update {
		if err := os.WriteFile(path, []byte(before+begins+table+ends+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if was != table {
		t.Errorf("docs/delivery.md says otherwise; with -update it says:\n%s", table)
	}
}
