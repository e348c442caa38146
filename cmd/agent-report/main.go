// Command agent-report tells a support team in Slack what its AI customer
// agent was worth.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"agentreport/reports"
	"agentreport/store"
)

// Exit codes.
const (
	exitOK       = 0
	exitFailed   = 1 // the work could not be done
	exitUsage    = 2 // the command line or the configuration is wrong
	exitDiffers  = 3 // verify found a difference, doctor a problem, import a refused line
	exitCanceled = 130
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// terminal is where a command reads and writes.
type terminal struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

// cli is the command line: the configuration and the commands.
type cli struct {
	Config

	Demo          demoCmd          `cmd:"" help:"Try the bot in a browser: sample data and a stand-in for Slack, nothing leaves this machine."`
	Generate      generateCmd      `cmd:"" help:"Print sample events of an online shop's customer agent."`
	Serve         serveCmd         `cmd:"" help:"Take in events and post the digests."`
	Import        importCmd        `cmd:"" help:"Read events from files."`
	Report        reportCmd        `cmd:"" help:"Print or draw a report."`
	Backtest      backtestCmd      `cmd:"" help:"See how good the estimates of past Mondays were."`
	Topics        topicsCmd        `cmd:"" help:"See which questions the agent could not answer, grouped into topics."`
	Answers       answersCmd       `cmd:"" help:"Move short answers to and from files."`
	Digest        digestCmd        `cmd:"" help:"Write the weekly digest to a folder, without Slack."`
	Subscriptions subscriptionsCmd `cmd:"" help:"Say which channel gets a digest, and when."`
	Deliveries    deliveriesCmd    `cmd:"" help:"Show which digests were delivered, and every step."`
	Audit         auditCmd         `cmd:"" help:"Show who changed what, and when."`
	Tokens        tokensCmd        `cmd:"" help:"Manage the bearer tokens of the HTTP API."`
	Sources       sourcesCmd       `cmd:"" help:"The systems that conversations can come from; check what a file of one gives."`
	Backfill      backfillCmd      `cmd:"" help:"Read the past of a source through its API. It can be run again, and beside a server."`
	Verify        verifyCmd        `cmd:"" help:"Compute everything from the events again and print any difference."`
	Rebuild       rebuildCmd       `cmd:"" help:"Project every conversation again; after a change of zone or window, and where a new version asks for it."`
	Explain       explainCmd       `cmd:"" help:"Show a conversation's events and sessions, and how each outcome came about."`
	Export        exportCmd        `cmd:"" help:"Write everything to a folder: the backup."`
	Restore       restoreCmd       `cmd:"" help:"Read a folder written by export into this store."`
	Erase         eraseCmd         `cmd:"" help:"Remove what a person wrote, and who it was, for good."`
	Mask          maskCmd          `cmd:"" help:"Print lines as they would be shown in Slack: personal data is hidden."`
	Doctor        doctorCmd        `cmd:"" help:"Check store, Slack, clock and zone, and say what to do."`
	Manifest      manifestCmd      `cmd:"" help:"Print the Slack app manifest."`
	Health        healthCmd        `cmd:"" help:"Ask a running server whether it is well, for a container's health check."`
	Version       versionCmd       `cmd:"" help:"Print the version."`
}

// usageError is an error of the command line or the configuration.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// exitCode ends a command that has already said what there is to say.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// run is the whole program. It can be called from a test.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	var c cli
	left := -1
	parser, err := c.parser(out, errOut, func(code int) { left = code; panic(exitCode(code)) })
	if err != nil {
		fmt.Fprintln(errOut, "agent-report:", err)
		return exitFailed
	}
	kctx, err, exited := parse(parser, args)
	if exited {
		return left
	}
	if err != nil {
		fmt.Fprintf(errOut, "agent-report: %v\nRun 'agent-report --help' for the commands.\n", err)
		return exitUsage
	}
	err = kctx.Run(&app{ctx: ctx, cfg: &c.Config, terminal: terminal{in, out, errOut}})
	return report(ctx, errOut, err)
}

// parser reads the command line into c.
func (c *cli) parser(out, errOut io.Writer, exit func(int)) (*kong.Kong, error) {
	return kong.New(c,
		kong.Name("agent-report"),
		kong.Description("What your AI customer agent was worth, told to the team in Slack.\n\nTry it: agent-report demo"),
		kong.Writers(out, errOut),
		kong.Exit(exit),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 100}),
		kong.Help(helpWithExamples),
		kong.Vars{"data": defaultData, "listen": defaultListen, "reports": strings.Join(reports.ReportNames(), ", ")},
		kong.ExplicitGroups(configGroups),
	)
}

// parse lets --help leave.
func parse(p *kong.Kong, args []string) (kctx *kong.Context, err error, exited bool) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(exitCode); !ok {
				panic(r)
			}
			exited = true
		}
	}()
	kctx, err = p.Parse(args)
	return kctx, err, false
}

// report prints an error, once, and picks the exit code.
func report(ctx context.Context, errOut io.Writer, err error) int {
	var code exitCode
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return int(code)
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(errOut, "agent-report: interrupted; nothing that was reported as done is lost")
		return exitCanceled
	case errors.As(err, &usage):
		fmt.Fprintln(errOut, "agent-report:", indent(err.Error()))
		return exitUsage
	}
	fmt.Fprintln(errOut, "agent-report:", indent(err.Error()))
	var rules *store.RulesError
	if errors.As(err, &rules) {
		return exitUsage
	}
	return exitFailed
}

func indent(s string) string { return strings.ReplaceAll(s, "\n", "\n  ") }

// helpWithExamples adds a command's examples to its help.
func helpWithExamples(options kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	name := ""
	if n := ctx.Selected(); n != nil {
		name = strings.TrimPrefix(n.FullPath(), ctx.Model.Name+" ")
	}
	if lines := examples[name]; len(lines) > 0 {
		fmt.Fprintln(ctx.Stdout, "\nExamples:")
		for _, l := range lines {
			fmt.Fprintln(ctx.Stdout, "  "+l)
		}
	}
	return nil
}

// examples are printed under the help of a command.
var examples = map[string][]string{
	"": {
		"agent-report demo                                   see a digest made of sample data",
		"agent-report import events.ndjson.gz                read events from a file",
		"agent-report report impact                          the last complete week",
		"agent-report digest --dry-run --out digest          the Monday digest as files",
		"agent-report serve                                  take in events, post the digest every Monday",
	},
	"demo":     {"agent-report demo", "agent-report demo --no-open --addr 127.0.0.1:8099"},
	"generate": {"agent-report generate --weeks 26 --conversations 400 | agent-report import -", "agent-report generate --seed 7 --out events.ndjson.gz"},
	"serve":    {"SLACK_BOT_TOKEN=xoxb-… DIGEST_CHANNEL=C0123456789 agent-report serve"},
	"import":   {"agent-report import conversations.ndjson.gz", "agent-report import --source shop january.csv february.csv", "agent-report import --source intercom conversations.json", "agent-report import --jq ours.jq --source ours export.json", "zcat events.ndjson.gz | agent-report import -"},
	"report": {
		"agent-report report impact",
		"agent-report report resolution-rate --channel email --png rate.png",
		"agent-report report all --from 2025-01-06 --to 2025-03-31 --json",
		"agent-report report conversations --channel email --csv > conversations.csv",
	},
	"backtest":               {"agent-report backtest", "agent-report backtest --weeks 12 --definition durable --channel email"},
	"topics list":            {"agent-report topics list", "agent-report topics list --status dismissed --channel email"},
	"topics group":           {"agent-report topics group questions.tsv > topics.tsv", "agent-report topics group questions.tsv --names | head -50"},
	"topics score":           {"agent-report topics score labelled"},
	"digest":                 {"agent-report digest --dry-run --out digest", "agent-report digest --dry-run --out digest --week 2025-W38 --language es"},
	"subscriptions add":      {"agent-report subscriptions add --channel C0123456789", "agent-report subscriptions add --channel C0123456789 --schedule '30 8 * * TUE' --zone Europe/Madrid --language es --filter email"},
	"subscriptions send-now": {"agent-report subscriptions send-now environment"},
	"tokens create":          {"agent-report tokens create zendesk --source zendesk", "agent-report tokens create privacy --scope admin"},
	"sources check":          {"agent-report sources check rasa tracker.json", "agent-report sources check ours export.json --jq ours.jq"},
	"backfill":               {"SOURCE_HUBSPOT_TOKEN=pat-… agent-report backfill hubspot --since 2025-09-01"},
	"explain":                {"agent-report explain 48213", "agent-report explain 48213 --source zendesk"},
	"export":                 {"agent-report export backup-2025-09-22", "agent-report export - | gzip > backup.ndjson.gz"},
	"restore":                {"MONGODB_URI=mongodb://… agent-report restore backup-2025-09-22"},
	"erase":                  {"agent-report erase --visitor v-10293", "agent-report erase --conversation 48213 --source zendesk"},
	"mask":                   {"agent-report mask < questions.txt"},
	"doctor":                 {"agent-report doctor"},
	"manifest":               {"agent-report manifest > manifest.yaml", "agent-report manifest --socket-mode", "agent-report manifest --url https://bot.example.com"},
}
