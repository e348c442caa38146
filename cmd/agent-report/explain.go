package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"agentreport/reports"
	"agentreport/reports/lang"
	"agentreport/store"
)

type explainCmd struct {
	Conversation string `arg:"" help:"The conversation's id in its source."`
	Source       string `placeholder:"NAME" help:"Its source (default: any)."`
	JSON         bool   `name:"json" help:"As JSON."`
}

func (c *explainCmd) Run(a *app) error {
	return a.with(func(s *store.Store, _ reports.Definition) error {
		found, err := s.Explain(a.ctx, c.Source, c.Conversation)
		if err != nil {
			return err
		}
		if c.JSON {
			return a.printJSON(found)
		}
		for i := range found {
			if i > 0 {
				fmt.Fprintln(a.out)
			}
			if err := a.explain(s.Rules(), &found[i], time.Now()); err != nil {
				return err
			}
		}
		return nil
	})
}

// explain prints what happened in a conversation, session by session, what it
// amounts to and which row decided it.
func (a *app) explain(rules reports.Rules, x *reports.Explained, now time.Time) error {
	c := &x.Conversation
	fmt.Fprintf(a.out, "conversation %s of %s\n", c.ID, c.Source)
	switch {
	case c.Test:
		fmt.Fprintln(a.out, "a test: left out of every figure")
	case len(c.Sessions) == 0:
		fmt.Fprintln(a.out, "a question that may not have been answered, and nothing else: it counts in no figure")
		return a.events(rules, x.Events)
	case len(c.Sessions) > 1:
		fmt.Fprintf(a.out, "%s, each of which counts as a conversation\n", plural(len(c.Sessions), "session"))
	}
	for i := range c.Sessions {
		s := &c.Sessions[i]
		if len(c.Sessions) > 1 {
			fmt.Fprintln(a.out, "\n"+english.T("session_title", lang.Args{"ID": c.SessionID(s), "Began": english.T("began_" + string(s.Began))}))
		}
		if err := a.events(rules, x.InSession(s)); err != nil {
			return err
		}
		if err := a.facts(rules, s); err != nil {
			return err
		}
		if !c.Test {
			if err := a.outcomes(rules, s, now); err != nil {
				return err
			}
		}
	}
	if x.Erased {
		fmt.Fprintln(a.out, "\nerased: texts and visitor are gone")
	}
	return nil
}

func stamp(t time.Time, rules reports.Rules) string {
	if t.IsZero() {
		return "-"
	}
	return t.In(rules.Zone).Format("2006-01-02 15:04:05.000 MST")
}

func (a *app) events(rules reports.Rules, events []reports.Event) error {
	fmt.Fprintln(a.out)
	rows := [][]string{{"AT", "TYPE", "ACTOR", "WHAT"}}
	for _, e := range events {
		what := cmp.Or(e.Text, e.Question, e.Comment, e.Reason, string(e.Satisfaction()))
		if e.Member.ID != "" {
			what = strings.TrimSpace(e.Member.ID + " " + what)
		}
		if e.IsInferred() {
			what = "(inferred) " + what
		}
		rows = append(rows, []string{stamp(e.At, rules), string(e.Type), cmp.Or(string(e.Actor), "-"), reports.Shorten(reports.Clean(what), 80)})
	}
	return a.table(rows)
}

func (a *app) facts(rules reports.Rules, s *reports.Session) error {
	closer := string(s.Closer)
	if s.CloserMember != "" {
		closer += " " + s.CloserMember
	}
	fmt.Fprintln(a.out)
	return a.table([][]string{
		{"started", stamp(s.StartedAt, rules)},
		{"channel", s.Channel},
		{"agent in it since", stamp(s.AgentAt, rules)},
		{"human in it since", stamp(s.HumanAt, rules)},
		{"handed off", stamp(s.HandoffAt, rules), s.Reason},
		{"last message", stamp(s.LastActivityAt, rules)},
		{"resolved", stamp(s.ResolvedAt, rules), string(s.Resolver)},
		{"closed", stamp(s.ClosedAt, rules), closer},
		{"rating", cmp.Or(string(s.Rating), "-")},
		{"answered", fmt.Sprint(s.Answered)},
		{"opened again", fmt.Sprint(s.Reopens)},
		{"visitor came back", stamp(s.ReturnedAt, rules)},
	})
}

func (a *app) outcomes(rules reports.Rules, s *reports.Session, now time.Time) error {
	fmt.Fprintln(a.out)
	switch {
	case s.Unengaged:
		_, err := fmt.Fprintln(a.out, "the visitor gave no sign: it counts as unengaged, and in no other figure")
		return err
	case !s.Handled():
		_, err := fmt.Fprintln(a.out, "the agent was not in it: it has no outcome")
		return err
	}
	rows := [][]string{{"DEFINITION", "OUTCOME", "NOW", "BECAUSE"}}
	for _, d := range reports.Definitions {
		v := s.Verdict(d, rules.Window)
		outcome := string(v.Outcome)
		if !v.SettlesAt.IsZero() {
			outcome += " from " + stamp(v.SettlesAt, rules)
		}
		rows = append(rows, []string{d.String(), outcome, string(v.At(now)), english.T("verdict_" + v.Row)})
	}
	return a.table(rows)
}
