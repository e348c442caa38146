package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"agentreport/reports"
	"agentreport/store"
)

type backtestCmd struct {
	Weeks      int           `default:"40" help:"How many of the last settled weeks (${default})."`
	After      time.Duration `default:"9h" help:"How long after the end of a week its digest is made (${default})."`
	Channel    string        `placeholder:"NAME" help:"Only conversations of this channel."`
	Definition string        `placeholder:"NAME" help:"standard, confirmed or durable (default: AGENT_REPORT_DEFINITION)."`
	Now        string        `placeholder:"TIME" help:"As if it were this moment (default: now)."`
	JSON       bool          `name:"json" help:"Each week and figure as JSON, with exact numbers."`
}

func (c *backtestCmd) Run(a *app) error {
	if c.Weeks < 1 || c.Weeks > 1000 {
		return usagef("--weeks is from 1 to 1000")
	}
	if c.After < 0 || c.After > 7*24*time.Hour {
		return usagef("--after: %s is not within the week that follows", c.After)
	}
	now := time.Now()
	if c.Now != "" {
		at, err := parseTime(c.Now)
		if err != nil {
			return usagef("--now: %w", err)
		}
		now = at
	}
	return a.with(func(s *store.Store, definition reports.Definition) error {
		if c.Definition != "" {
			d, err := reports.ParseDefinition(c.Definition)
			if err != nil {
				return usagef("--definition: %w", err)
			}
			definition = d
		}
		span := reports.Range{To: reports.DayOf(now, s.Rules().Zone).Add(1)}
		span.From = span.To.Add(-7 * (c.Weeks + 3*reports.LearnWeeks))
		days, err := s.Cohorts(a.ctx, span)
		if err != nil {
			return err
		}
		e, err := reports.NewEstimator(days, c.Channel, definition, s.Rules())
		if err != nil {
			return err
		}
		list := e.Backtest(c.Weeks, c.After, now)
		if c.JSON {
			return a.printJSON(list)
		}
		if len(list) == 0 {
			fmt.Fprintln(a.out, "nothing to go back to: an estimate needs three weeks that have settled before the one it is about")
			return nil
		}
		rows := [][]string{{"WEEK", "FIGURE", "SO FAR", "RANGE TO", "ESTIMATE", "90 %", "SETTLED AT", "CHANGE SAID", "CHANGE"}}
		for i := range list {
			b := &list[i]
			say := func(x float64) string {
				if b.IsRate() {
					return strconv.FormatFloat(100*x, 'f', 1, 64) + " %"
				}
				return strconv.FormatFloat(x, 'f', 0, 64)
			}
			change, was := "-", "-" // there was no week before
			if b.Compared {
				change = map[int]string{-1: "▼", 0: "about the same", 1: "▲"}[b.Change]
				was = strings.Replace(say(b.Was), " %", " points", 1)
			}
			rows = append(rows, []string{string(b.Week), b.Figure, say(b.SoFar), say(b.High), say(b.Said), say(b.Low90) + "–" + say(b.High90), say(b.Settled), change, was})
		}
		if err := a.table(rows); err != nil {
			return err
		}
		fmt.Fprintln(a.out)
		rows = [][]string{{"FIGURE", "WEEKS", "MEAN ERROR", "OF THE MID-RANGE", "INTERVALS THAT HELD", "CHANGES SHOWN", "RIGHT"}}
		for _, x := range reports.ScoreOf(list) {
			rows = append(rows, []string{
				x.Figure, strconv.Itoa(x.Weeks), fmt.Sprintf("%.1f", x.Error), fmt.Sprintf("%.1f", x.MidRange), fmt.Sprintf("%.0f %%", 100*x.Held), strconv.Itoa(x.Shown), strconv.Itoa(x.Right),
			})
		}
		if err := a.table(rows); err != nil {
			return err
		}
		fmt.Fprintln(a.out, "\nErrors are in points of a rate, and in per cent of a count.")
		return nil
	})
}
