package main

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"agentreport/reports"
	"agentreport/store"
)

type auditCmd struct {
	Topic int  `placeholder:"N" help:"Only what concerns the topic of this number."`
	Limit int  `default:"50" help:"How many, the latest first; 0 for all (${default})."`
	JSON  bool `name:"json" help:"As JSON, with everything that was before and after."`
}

func (c *auditCmd) Run(a *app) error {
	if c.Limit < 0 || c.Topic < 0 {
		return usagef("--limit and --topic are not negative")
	}
	return a.with(func(s *store.Store, _ reports.Definition) error {
		list, err := s.Changes(a.ctx, c.Topic, c.Limit)
		if err != nil {
			return err
		}
		if c.JSON {
			return a.printJSON(append([]reports.Change{}, list...))
		}
		if len(list) == 0 {
			fmt.Fprintln(a.out, "nobody has changed anything yet")
			return nil
		}
		short := func(s string) string {
			return cmp.Or(reports.Shorten(reports.Clean(strings.ReplaceAll(s, "\n", " / ")), 40), "-")
		}
		rows := [][]string{{"AT", "BY", "WHAT", "TOPIC", "QUESTIONS", "ABOUT", "BEFORE", "AFTER"}}
		number := func(n int) string {
			if n == 0 {
				return "-"
			}
			return strconv.Itoa(n)
		}
		for _, x := range list {
			rows = append(rows, []string{
				x.At.In(s.Rules().Zone).Format("2006-01-02 15:04"), x.By, string(x.What), number(x.Topic), number(x.Questions), short(x.Name), short(x.Before), short(x.After),
			})
		}
		return a.table(rows)
	})
}
