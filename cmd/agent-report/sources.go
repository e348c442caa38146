package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"agentreport/handlers/ingest"
	"agentreport/handlers/sources"
	"agentreport/reports"
	"agentreport/store"
)

// setting is a setting of a source, from the environment or, where it is a secret, from a
// file that the environment names.
func (a *app) setting(c *sources.Config, name string, secret bool) (string, error) {
	getenv := a.getenv
	if getenv == nil {
		getenv = os.Getenv
	}
	variable := c.Variable(name)
	value := getenv(variable)
	file := getenv(variable + "_FILE")
	switch {
	case !secret || file == "":
		return value, nil
	case value != "":
		return "", fmt.Errorf("%s and %s_FILE are both set: set one", variable, variable)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%s_FILE: %w", variable, err)
	}
	return strings.TrimSpace(string(raw)), nil
}

// configureSource is a source as the environment sets it up.
func (a *app) configureSource(s *sources.Source) (*sources.Config, error) {
	c := &sources.Config{Source: s, Names: s.Defaults}
	var p problems
	var err error
	for name, to := range map[string]*string{"SECRET": &c.Secret, "TOKEN": &c.Token} {
		if *to, err = a.setting(c, name, true); err != nil {
			p = append(p, err)
		}
	}
	for name, to := range map[string]*string{"URL": &c.URL, "PUBLIC_URL": &c.PublicURL, "ACCOUNT": &c.Account} {
		*to, _ = a.setting(c, name, false)
	}
	for name, to := range map[string]*[]string{"AGENTS": &c.Agents, "HANDOFFS": &c.Handoffs, "UNANSWERED": &c.Unanswered, "FEEDBACK": &c.Feedback, "TESTS": &c.Tests} {
		if list, _ := a.setting(c, name, false); list != "" {
			*to = nil
			for one := range strings.SplitSeq(list, ",") {
				if one = strings.TrimSpace(one); one != "" {
					*to = append(*to, one)
				}
			}
		}
	}
	switch gaps, _ := a.setting(c, "GAPS", false); gaps {
	case "", "on":
	case "off":
		c.NoGaps = true
	default:
		p.add(c.Variable("GAPS"), fmt.Errorf("%q is neither on nor off", gaps))
	}
	for name, address := range map[string]string{"URL": c.URL, "PUBLIC_URL": c.PublicURL} {
		if address != "" && !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "http://127.0.0.1") && !strings.HasPrefix(address, "http://localhost") {
			p.add(c.Variable(name), fmt.Errorf("%q is not an https address", address))
		}
	}
	return c, p.err()
}

var sourceName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// sources are all sources: those that there are, and a team's own programs.
func (a *app) sources() (map[string]*sources.Config, error) {
	all := map[string]*sources.Config{}
	var p problems
	add := func(s *sources.Source) {
		c, err := a.configureSource(s)
		if err != nil {
			p = append(p, err)
			return
		}
		all[s.Name] = c
	}
	for _, s := range sources.All {
		add(s)
	}
	if dir := a.cfg.Sources; dir != "" {
		files, err := os.ReadDir(dir)
		if err != nil {
			p.add("AGENT_REPORT_SOURCES", err)
		}
		for _, f := range files {
			name, ok := strings.CutSuffix(f.Name(), ".jq")
			if !ok {
				continue
			}
			switch _, twice := all[name]; {
			case !sourceName.MatchString(name):
				p.add("AGENT_REPORT_SOURCES", fmt.Errorf("%s: a source's name is of small letters, digits and hyphens", f.Name()))
			case twice:
				p.add("AGENT_REPORT_SOURCES", fmt.Errorf("%s: there is a source %s already", f.Name(), name))
			default:
				s, err := sources.Program(name, filepath.Join(dir, f.Name()))
				if err != nil {
					p.add("AGENT_REPORT_SOURCES", err)
					continue
				}
				add(s)
			}
		}
	}
	return all, p.err()
}

// lacks are the facts that each source does not tell.
func lacks(all map[string]*sources.Config) map[string][]reports.Fact {
	by := map[string][]reports.Fact{}
	for _, c := range all {
		by[c.EventSource()] = c.Lacks
	}
	return by
}

// source is the source of a name, or of NAME:account.
func (a *app) source(name string) (*sources.Config, error) {
	all, err := a.sources()
	if err != nil {
		return nil, err
	}
	name, account, _ := strings.Cut(name, ":")
	c, ok := all[name]
	if !ok {
		return nil, usagef("there is no source %q: use one of %s, or a program of your own with --jq", name, strings.Join(slices.Sorted(maps.Keys(all)), ", "))
	}
	if account != "" {
		c.Account = account
	}
	return c, nil
}

type sourcesCmd struct {
	List  sourcesListCmd  `cmd:"" default:"1" help:"Print every source: how it comes in, what it gives and what it lacks."`
	Check sourcesCheckCmd `cmd:"" help:"Print the events that a file gives, and what it leaves out and why. Nothing is stored."`
}

type sourcesListCmd struct{}

func (c *sourcesListCmd) Run(a *app) error {
	all, err := a.sources()
	if err != nil {
		return err
	}
	return a.with(func(s *store.Store, _ reports.Definition) error {
		heard, err := s.Sources(a.ctx)
		if err != nil {
			return err
		}
		last := map[string]time.Time{}
		for _, h := range heard {
			last[h.Name] = h.LastAt
		}
		var rows [][]string
		for _, name := range slices.Sorted(maps.Keys(all)) {
			c := all[name]
			rows = append(rows, []string{name, "comes by", strings.Join(c.Ways(), ", ")}, []string{"", "set up for", setUp(c)}, []string{"", "last event", since(last[c.EventSource()])},
				[]string{"", "gives", strings.Join(c.Gives, ", ")})
			if len(c.Lacks) > 0 {
				rows = append(rows, []string{"", "lacks", english.Facts(c.Lacks)})
			}
			delete(last, c.EventSource())
		}
		for _, name := range slices.Sorted(maps.Keys(last)) {
			rows = append(rows, []string{name, "comes by", "events"}, []string{"", "last event", since(last[name])})
		}
		return a.table(rows)
	})
}

// setUp says which of its ways a source is set up for.
func setUp(c *sources.Config) string {
	var ways []string
	if c.IsSigned() && c.Secret != "" {
		ways = append(ways, "webhook")
	}
	if !c.IsSigned() {
		ways = append(ways, "webhook with a token")
	}
	if c.HasPast() && c.Token != "" {
		ways = append(ways, "backfill")
	}
	if len(ways) == 0 {
		return "file only"
	}
	return strings.Join(ways, ", ")
}

func since(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return at.UTC().Format("2006-01-02 15:04 UTC")
}

type sourcesCheckCmd struct {
	Name string `arg:"" help:"Which source; events for our own format; for a program of your own, any name."`
	File string `arg:"" help:"A file of that system, or the body of a webhook; - is standard input."`
	JQ   string `name:"jq" placeholder:"PROGRAM" help:"A program of your own, in jq."`
}

func (c *sourcesCheckCmd) Run(a *app) error {
	in, _, err := a.openInput(c.File)
	if err != nil {
		return err
	}
	defer in.Close()
	if c.Name == "events" {
		return a.checkEvents(in)
	}
	from, err := a.sourceOr(c.Name, c.JQ)
	if err != nil {
		return err
	}
	src, err := ingest.Text(in)
	if err != nil {
		return err
	}
	refused, events := 0, 0
	err = from.Check(a.ctx, src, func(b sources.Batch, value int, err error) error {
		if err != nil {
			refused++
			fmt.Fprintf(a.out, "value %d is refused: %v\n", value, err)
			return nil
		}
		for i := range b.Events {
			events++
			if err := a.printEvent(&b.Events[i]); err != nil {
				return err
			}
		}
		for _, i := range b.Ignored {
			fmt.Fprintf(a.out, "left out: %s: %s\n", i.What, i.Why)
		}
		for _, id := range b.Fetch {
			fmt.Fprintf(a.out, "to be read: conversation %s, which is only named\n", id)
		}
		for _, id := range b.Erase {
			fmt.Fprintf(a.out, "to be erased: conversation %s\n", id)
		}
		return nil
	})
	return a.checked(events, refused, err)
}

func (a *app) printEvent(e *reports.Event) error {
	raw, err := json.Marshal(e, json.Deterministic(true))
	if err == nil {
		_, err = fmt.Fprintf(a.out, "%s\n", raw)
	}
	return err
}

func (a *app) checked(events, refused int, err error) error {
	fmt.Fprintf(a.err, "%s, %s refused\n", plural(events, "event"), thousands(refused))
	if err == nil && refused > 0 {
		return exitCode(exitDiffers)
	}
	return err
}

// checkEvents prints what becomes of a file in our own format.
func (a *app) checkEvents(r io.Reader) error {
	items, err := (&ingest.Intake{Now: time.Now()}).Open(r)
	events, refused := 0, 0
	for err == nil {
		var item ingest.Item
		switch item, err = items.Next(); {
		case err != nil:
		case item.Err != nil:
			refused++
			fmt.Fprintf(a.out, "%d is refused: %v\n", item.Index+1, item.Err)
		default:
			events++
			err = a.printEvent(&item.Event)
		}
	}
	if err == io.EOF {
		err = nil
	}
	return a.checked(events, refused, err)
}

// sourceOr is a source of a name, or a program of the user's own under that name.
func (a *app) sourceOr(name, jq string) (*sources.Config, error) {
	if jq == "" {
		return a.source(name)
	}
	s, err := sources.Program(name, jq)
	if err != nil {
		return nil, usageError{err}
	}
	return a.configureSource(s)
}

type backfillCmd struct {
	Name  string `arg:"" help:"Which source."`
	Since string `required:"" placeholder:"DAY" help:"From which day on, such as 2025-09-01."`
	Again bool   `help:"Read from the beginning, also what an earlier run has read."`
}

func (c *backfillCmd) Run(a *app) error {
	from, err := a.source(c.Name)
	if err != nil {
		return err
	}
	day, err := reports.ParseDay(c.Since)
	if err != nil {
		return usagef("--since: %w", err)
	}
	return a.with(func(s *store.Store, _ reports.Definition) error {
		start := day.Start(s.Rules().Zone)
		cursor := "backfill " + from.EventSource() + " " + c.Since
		if !c.Again {
			at, err := s.Cursor(a.ctx, cursor)
			if err != nil {
				return err
			}
			if at.After(start) {
				fmt.Fprintf(a.err, "going on from %s, where an earlier run ended; --again begins anew\n", since(at))
				start = at
			}
		}
		bar := a.progress(-1, "conversations of "+from.Title)
		read := reading{store: s, cursor: cursor}
		err := read.past(a.ctx, from, start, func() { bar.Add(1) })
		bar.Finish()
		fmt.Fprintf(a.out, "%s read: %s accepted, %s duplicates, %s left out\n", plural(read.conversations, "conversation"), plural(read.Accepted, "event"), thousands(read.Duplicates), plural(read.ignored, "part"))
		if err != nil {
			return fmt.Errorf("%w\nwhat was read is stored; run the same again to go on", err)
		}
		return errors.Join(s.Settle(a.ctx, time.Now(), nil), a.group(s))
	})
}

// reading is a reading of a source's past.
type reading struct {
	reports.Recorded
	store         *store.Store
	cursor        string // where it is kept how far it came; empty for nowhere
	conversations int
	ignored       int
	heard         func(string, []reports.Event, reports.Recorded) // may be nil
}

// past reads what happened since a moment into the store.
func (r *reading) past(ctx context.Context, c *sources.Config, since time.Time, each func()) error {
	until := since
	return c.Past(ctx, since, func(b sources.Batch, at time.Time) error {
		rec, err := r.store.Record(ctx, b.Events)
		if err != nil {
			return err
		}
		r.conversations++
		r.ignored += len(b.Ignored)
		r.Accepted, r.Duplicates = r.Accepted+rec.Accepted, r.Duplicates+rec.Duplicates
		if r.heard != nil {
			r.heard(c.EventSource(), b.Events, rec)
		}
		each()
		if r.cursor != "" && at.After(until) {
			until = at
			return r.store.SetCursor(ctx, r.cursor, at)
		}
		return nil
	})
}

// How a running server reads what its sources' webhooks did not tell.
const (
	reconcileEvery = 5 * time.Minute
	reconcileSpan  = 24 * time.Hour   // at first
	reconcileBack  = 15 * time.Minute // before the last reading: clocks differ
)

// reconcile reads what happened at a source since the last reading. Once a day it reads
// again what was open: no webhook tells that a vendor's opinion of a conversation changed.
func (a *app) reconcile(ctx context.Context, s *store.Store, c *sources.Config, now time.Time, heard func(string, []reports.Event, reports.Recorded)) error {
	cursor, daily := "reconcile "+c.EventSource(), "reread "+c.EventSource()
	last, err := s.Cursor(ctx, cursor)
	if err != nil {
		return err
	}
	reread, err := s.Cursor(ctx, daily)
	if err != nil {
		return err
	}
	since := last.Add(-reconcileBack)
	if last.IsZero() {
		since = now.Add(-reconcileSpan)
	}
	again := now.Sub(reread) >= 24*time.Hour
	if again {
		if from := now.Add(-s.Rules().Window - 24*time.Hour); from.Before(since) {
			since = from
		}
	}
	read := reading{store: s, heard: heard}
	if err := read.past(ctx, c, since, func() {}); err != nil {
		return err
	}
	if again {
		if err := s.SetCursor(ctx, daily, now); err != nil {
			return err
		}
	}
	return s.SetCursor(ctx, cursor, now)
}
