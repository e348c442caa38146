package bot

import (
	"testing"
	"time"

	"agentreport/reports/lang"
)

// TestChoices holds that what is offered has words, and is understood when it
// comes back.
func TestChoices(t *testing.T) {
	for _, language := range lang.Languages {
		p := lang.For(language)
		for _, c := range rangesOf(Ask{Command: "feedback", Page: 3, Channel: "e mail"}) {
			if !p.Has(c.ID) {
				t.Errorf("%s: there are no words for %s", language, c.ID)
			}
			a, err := parseAsk(c.Value, time.Now(), time.UTC)
			if err != nil || a.Page != 0 || a.Channel != "e mail" {
				t.Errorf("%q is read as %+v, %v; want the first page", c.Value, a, err)
			}
		}
		for _, c := range vocabulary {
			if p.CommandHelp(c.name) == "" || !p.Has("help_"+messageName(c.name)) {
				t.Errorf("%s: %s has no help", language, c.name)
			}
		}
	}
}

func messageName(command string) string {
	b := []byte(command)
	for i := range b {
		if b[i] == '-' {
			b[i] = '_'
		}
	}
	return string(b)
}
