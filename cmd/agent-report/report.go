package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"agentreport/reports"
	"agentreport/store"
)

// span is the flags that choose what a report covers.
type spanFlags struct {
	From       string `placeholder:"DAY" help:"First day, such as 2025-09-01 (default: 12 complete weeks ago)."`
	To         string `placeholder:"DAY" help:"The day after the last (default: this week's Monday)."`
	Channel    string `placeholder:"NAME" help:"Only conversations of this channel."`
	Definition string `placeholder:"NAME" help:"standard, confirmed or durable (default: AGENT_REPORT_DEFINITION)."`
	Now        string `placeholder:"TIME" help:"The moment that decides what has settled, RFC 3339 (default: now)."`
}

type reportCmd struct {
	Name string `arg:"" help:"Which report: ${reports}, all (every figure, for another program) or conversations (every one that is behind a figure)."`
	spanFlags
	JSON     bool   `name:"json" xor:"format" help:"Exact numbers as JSON."`
	CSV      bool   `name:"csv" xor:"format" help:"Exact numbers as CSV."`
	PNG      string `name:"png" placeholder:"FILE" help:"Draw the report to a file."`
	Language string `placeholder:"LANG" help:"en or es (default: DIGEST_LANGUAGE)."`
}

// query completes the flags. Everything, for the report of all figures, means
// every day that there is.
func (f *spanFlags) query(a *app, s *store.Store, definition reports.Definition, everything bool) (reports.Query, error) {
	q := reports.Query{Channel: f.Channel, Definition: definition, Now: time.Now(), Rules: s.Rules()}
	var p problems
	var err error
	if f.Now != "" {
		q.Now, err = parseTime(f.Now)
		p.add("--now", err)
	}
	if f.Definition != "" {
		q.Definition, err = reports.ParseDefinition(f.Definition)
		p.add("--definition", err)
	}
	q.Range = reports.LastWeeks(reports.DefaultWeeks, q.Now, s.Rules().Zone)
	if everything {
		if all, ok, err := s.FirstAndLast(a.ctx); err != nil {
			return q, err
		} else if ok {
			q.Range = all
		}
	}
	if f.From != "" {
		q.Range.From, err = reports.ParseDay(f.From)
		p.add("--from", err)
		if f.To == "" && q.Range.To <= q.Range.From {
			q.Range.To = reports.DayOf(q.Now, s.Rules().Zone).Add(1)
		}
	}
	if f.To != "" {
		q.Range.To, err = reports.ParseDay(f.To)
		p.add("--to", err)
		if f.From == "" && q.Range.To <= q.Range.From {
			q.Range.From = q.Range.To.Add(-7 * reports.DefaultWeeks)
		}
	}
	if len(p) == 0 && q.Range.To <= q.Range.From {
		p = append(p, fmt.Errorf("--to %s is not after --from %s", q.Range.To, q.Range.From))
	}
	return q, p.err()
}

func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, fmt.Errorf("%q is not a time such as 2025-09-22T09:00:00Z", s)
	}
	return t, nil
}

func (c *reportCmd) Run(a *app) error {
	r, ok := reports.FindReport(c.Name)
	everything, listing := c.Name == reports.AllReport, c.Name == reports.ConversationsReport
	switch {
	case !ok && !everything && !listing:
		return usagef("there is no report %q: use %s, %s or %s", c.Name, strings.Join(reports.ReportNames(), ", "), reports.AllReport, reports.ConversationsReport)
	case everything && (c.CSV || c.PNG != ""):
		return usagef("the report all is printed as JSON only")
	case listing && c.PNG != "":
		return usagef("the report conversations has no picture: use --csv or --json")
	}
	return a.with(func(s *store.Store, definition reports.Definition) error {
		q, err := c.query(a, s, definition, everything)
		if err != nil {
			return err
		}
		if ok && r.Shape == reports.Tiles && c.From == "" && c.To == "" {
			q.Range = reports.LastWeeks(1, q.Now, s.Rules().Zone)
		}
		if listing {
			return c.list(a, s, q)
		}
		if everything {
			days, err := s.Days(a.ctx, q.Range, q.Now)
			if err != nil {
				return err
			}
			all := reports.AllFigures(days, q)
			all.From, all.To = q.Range.From, q.Range.To
			return a.printJSON(all)
		}
		t, err := r.Ask(a.ctx, s, q)
		if err != nil {
			return err
		}
		if t.Impact != nil {
			if t.Impact.Minutes, err = a.cfg.minutes(); err != nil {
				return usagef("AGENT_REPORT_MINUTES_PER_CONVERSATION: %w", err)
			}
		}
		all, err := a.sources()
		if err != nil {
			return err
		}
		heard, err := s.Sources(a.ctx)
		if err != nil {
			return err
		}
		return c.print(a, t, r.LackedBy(heard, lacks(all)), cmp.Or(c.Language, a.cfg.DigestLanguage))
	})
}
