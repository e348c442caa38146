package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"agentreport/reports"
)

type maskCmd struct{}

// Run prints each line of standard input as it would be shown in Slack.
func (c *maskCmd) Run(a *app) error {
	in := bufio.NewReader(a.in)
	for {
		line, err := in.ReadString('\n')
		if line != "" {
			if _, err := fmt.Fprintln(a.out, reports.Mask(strings.TrimRight(line, "\r\n"))); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
