package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

// asProgram makes the test binary the program itself, for the tests that need
// a process of its own to kill.
const asProgram = "AGENT_REPORT_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		code := run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
		if os.Getenv("AGENT_REPORT_TEST_PRINT_PEAK") != "" {
			fmt.Printf("peak %.0f MB\n", peakMB())
		}
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// result is what a command said.
type result struct {
	code     int
	out, err string
}

// ar runs the program on a store in a folder.
func ar(t testing.TB, dir string, args ...string) result {
	t.Helper()
	return arIn(t, nil, append([]string{"--agent-report-data", dir}, args...)...)
}

func arIn(t testing.TB, in io.Reader, args ...string) result {
	t.Helper()
	if in == nil {
		in = strings.NewReader("")
	}
	var out, errOut bytes.Buffer
	code := run(context.Background(), args, in, &out, &errOut)
	return result{code, out.String(), errOut.String()}
}

func (r result) must(t testing.TB, code int) result {
	t.Helper()
	if r.code != code {
		t.Fatalf("exit code %d; want %d\n%s\n%s", r.code, code, r.out, r.err)
	}
	return r
}

func TestHelpAndErrors(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		args string
		code int
		want string // on standard output or error
	}{
		{"--help", 0, "Examples:"},
		{"import --help", 0, "NDJSON"},
		{"subscriptions add --help", 0, "--channel"},
		{"", exitUsage, "expected one of"},
		{"reprot", exitUsage, "did you mean"},
		{"report nothing", exitUsage, "there is no report \"nothing\""},
		{"report impact --from tomorrow", exitUsage, "--from: \"tomorrow\" is not a day"},
		{"report impact --from 2025-02-01 --to 2025-01-01", exitUsage, "is not after"},
		{"report impact --definition mine --now later", exitUsage, "--now: \"later\" is not a time"},
		{"report all --csv", exitUsage, "JSON only"},
		{"--agent-report-zone Mars/Olympus --agent-report-window soon report impact", exitUsage, "AGENT_REPORT_WINDOW"},
		{"import /no/such/file", exitFailed, "no such file"},
		{"explain nobody", exitFailed, "not found"},
		{"tokens create x --scope all", exitUsage, "not a scope"},
		{"subscriptions add --channel general", exitUsage, "not a channel's id"},
		{"subscriptions add --channel C0123456789 --schedule daily", exitUsage, "not five cron fields"},
		{"subscriptions add --channel C0123456789 --zone Here --language fr", exitUsage, "--language"},
		{"subscriptions pause none", exitFailed, "not found"},
		{"digest --out x", exitUsage, "--dry-run"},
		{"digest --dry-run --out x --week 2025-W60", exitUsage, "not an ISO 8601 week"},
		{"erase", exitUsage, "--visitor"},
		{"manifest", 0, "socket_mode_enabled: false"},
		{"manifest --socket-mode", 0, "socket_mode_enabled: true"},
		{"manifest --url https://bot.example.com/", 0, "request_url: \"https://bot.example.com/slack/interactions\""},
		{"manifest --url http://bot.example.com", exitUsage, "https only"},
		{"manifest --socket-mode --url https://bot.example.com", exitUsage, "can't be used together"},
		{"version", 0, "agent-report"},
		{"--agent-report-minutes-per-conversation six digest --dry-run --out x", exitUsage, "\"six\" is not a number of minutes"},
		{"--agent-report-minutes-per-conversation=-1 serve", exitUsage, "AGENT_REPORT_MINUTES_PER_CONVERSATION"},
		{"--agent-report-retention 9 serve", exitUsage, "AGENT_REPORT_RETENTION"},
		{"--digest-channel C0123456789 --digest-schedule '' serve", exitUsage, "SLACK_BOT_TOKEN"},
	} {
		r := ar(t, dir, strings.Fields(tt.args)...)
		if r.code != tt.code || !strings.Contains(r.out+r.err, tt.want) {
			t.Errorf("%s: exit code %d; want %d and %q in\n%s%s", tt.args, r.code, tt.code, tt.want, r.out, r.err)
		}
		if strings.Contains(r.err, "goroutine ") {
			t.Errorf("%s: a stack trace:\n%s", tt.args, r.err)
		}
	}
}
