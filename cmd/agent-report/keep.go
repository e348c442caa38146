package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"agentreport/reports"
	"agentreport/store"
)

func writeEvent(w *bufio.Writer, e *reports.Event) error {
	if err := json.MarshalWrite(w, e); err != nil {
		return err
	}
	return w.WriteByte('\n')
}

type tokensCmd struct {
	Create createTokenCmd `cmd:"" help:"Make a token; it is shown once."`
	List   listTokensCmd  `cmd:"" help:"List tokens and when they were last used."`
	Revoke revokeTokenCmd `cmd:"" help:"End a token."`
}

type createTokenCmd struct {
	Name   string   `arg:"" help:"What it is for, such as zendesk."`
	Scope  []string `default:"ingest" help:"ingest (send events), answers (read answers), admin (erase); several with commas (${default})."`
	Source string   `placeholder:"NAME" help:"Source of events that name none."`
}

func (c *createTokenCmd) Run(a *app) error {
	var scopes []reports.Scope
	for _, s := range c.Scope {
		if !slices.Contains(reports.Scopes, reports.Scope(s)) {
			return usagef("--scope: %q is not a scope: use ingest, answers or admin", s)
		}
		scopes = append(scopes, reports.Scope(s))
	}
	return a.with(func(s *store.Store, _ reports.Definition) error {
		secret, err := s.CreateToken(a.ctx, c.Name, c.Source, scopes)
		if err != nil {
			return err
		}
		fmt.Fprintln(a.err, "This is the only time that the token is shown:")
		fmt.Fprintln(a.out, secret)
		return nil
	})
}

type listTokensCmd struct{}

func (c *listTokensCmd) Run(a *app) error {
	return a.with(func(s *store.Store, _ reports.Definition) error {
		list, err := s.Tokens(a.ctx)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			fmt.Fprintln(a.out, "no tokens: 'agent-report tokens create NAME' makes one")
			return nil
		}
		rows := [][]string{{"NAME", "SCOPES", "SOURCE", "CREATED", "LAST USED"}}
		for _, t := range list {
			used := "never"
			if !t.UsedAt.IsZero() {
				used = t.UsedAt.Format("2006-01-02 15:04 MST")
			}
			var scopes []string
			for _, x := range t.Scopes {
				scopes = append(scopes, string(x))
			}
			rows = append(rows, []string{t.Name, strings.Join(scopes, ","), cmp.Or(t.Source, "-"), t.CreatedAt.Format("2006-01-02"), used})
		}
		return a.table(rows)
	})
}

type revokeTokenCmd struct {
	Name string `arg:"" help:"Name of the token."`
}

func (c *revokeTokenCmd) Run(a *app) error {
	return a.with(func(s *store.Store, _ reports.Definition) error {
		if err := s.RevokeToken(a.ctx, c.Name); err != nil {
			return err
		}
		fmt.Fprintf(a.out, "token %s: revoked\n", c.Name)
		return nil
	})
}

type verifyCmd struct{}

func (c *verifyCmd) Run(a *app) error {
	return a.with(func(s *store.Store, _ reports.Definition) error {
		bar := a.progress(-1, "verifying events")
		v, err := s.Verify(a.ctx, time.Now(), func(n int) { bar.Set(n) })
		bar.Finish()
		if err != nil {
			return err
		}
		for _, d := range v.Differences {
			fmt.Fprintln(a.out, d)
		}
		fmt.Fprintf(a.out, "%s, %s, %s: ", plural(v.Events, "event"), plural(v.Conversations, "conversation"), plural(v.Days, "day"))
		if len(v.Differences) == 0 {
			fmt.Fprintln(a.out, "no difference")
			return nil
		}
		fmt.Fprintf(a.out, "%s; 'agent-report rebuild' mends them, and tell us how they came about\n", plural(len(v.Differences), "difference"))
		return exitCode(exitDiffers)
	})
}

type rebuildCmd struct{}

func (c *rebuildCmd) Run(a *app) error {
	rules, _, err := a.cfg.rules()
	if err != nil {
		return err
	}
	b, err := a.backend()
	if err != nil {
		return err
	}
	s, err := store.OpenUnchecked(a.ctx, b, rules)
	if err != nil {
		return errors.Join(err, b.Close())
	}
	defer s.Close()
	bar := a.progress(-1, "projecting events")
	n := 0
	err = s.Rebuild(a.ctx, func(events int) {
		n = events
		bar.Set(events)
	})
	if err == nil {
		err = s.Settle(a.ctx, time.Now(), nil)
	}
	bar.Finish()
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "rebuilt from %s; zone %s, window %s\n", plural(n, "event"), rules.Zone, rules.Window)
	return nil
}

// exportName is the file in an export's folder.
const exportName = "agent-report.ndjson"

type exportCmd struct {
	Dir string `arg:"" help:"Folder to write to; - writes to standard output."`
}

func (c *exportCmd) Run(a *app) error {
	return a.with(func(s *store.Store, _ reports.Definition) error {
		bar := a.progress(-1, "exporting documents")
		defer bar.Finish()
		if c.Dir == "-" {
			_, err := s.Export(a.ctx, a.out, func(n int) { bar.Set(n) })
			return err
		}
		if err := os.MkdirAll(c.Dir, 0o700); err != nil {
			return err
		}
		name := filepath.Join(c.Dir, exportName)
		// A backup that is cut off never has the name of a whole one.
		f, err := os.OpenFile(name+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		n, err := s.Export(a.ctx, f, func(n int) { bar.Set(n) })
		if err == nil {
			err = f.Sync()
		}
		if err = errors.Join(err, f.Close()); err == nil {
			err = os.Rename(name+".part", name)
		}
		if err != nil {
			return err
		}
		bar.Finish()
		fmt.Fprintf(a.out, "%s written to %s\n", plural(n, "document"), name)
		return nil
	})
}

type restoreCmd struct {
	Dir string `arg:"" help:"Folder written by export; - reads standard input."`
}

func (c *restoreCmd) Run(a *app) error {
	var in io.Reader = a.in
	if c.Dir != "-" {
		f, err := os.Open(filepath.Join(c.Dir, exportName))
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	return a.with(func(s *store.Store, _ reports.Definition) error {
		bar := a.progress(-1, "restoring documents")
		n, err := s.Restore(a.ctx, bufio.NewReaderSize(in, 1<<16), func(n int) { bar.Set(n) })
		if err == nil {
			err = s.Settle(a.ctx, time.Now(), nil)
		}
		bar.Finish()
		if err != nil {
			return err
		}
		fmt.Fprintf(a.out, "%s restored\n", plural(n, "document"))
		return nil
	})
}

type eraseCmd struct {
	Visitor      string `placeholder:"ID" xor:"what" required:"" help:"Erase every conversation of this visitor."`
	Conversation string `placeholder:"ID" xor:"what" required:"" help:"Erase this conversation."`
	Source       string `placeholder:"NAME" help:"Only in this source (default: all)."`
}

func (c *eraseCmd) Run(a *app) error {
	return a.with(func(s *store.Store, _ reports.Definition) error {
		erase, id := s.EraseVisitor, c.Visitor
		if c.Conversation != "" {
			erase, id = s.EraseConversation, c.Conversation
		}
		erased, err := erase(a.ctx, c.Source, id)
		if err != nil {
			return err
		}
		if len(erased.Conversations) == 0 {
			fmt.Fprintln(a.out, "nothing to erase: no such conversation")
			return nil
		}
		fmt.Fprintf(a.out, "%s erased: texts, questions, links and visitor are gone, the figures are the same\n", plural(len(erased.Conversations), "conversation"))
		for _, m := range erased.Messages {
			fmt.Fprintf(a.out, "delete by hand in Slack, it may quote them: channel %s, message %s (%s)\n", m.Channel, m.TS, m.Week)
		}
		return nil
	})
}
