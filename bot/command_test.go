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
		for _, c := range commands {
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

// TestDayAndTime holds that a plain schedule is a day and a time, and back.
func TestDayAndTime(t *testing.T) {
	for spec, want := range map[string]string{"0 9 * * MON": "09:00 Monday", "30 17 * * 5": "17:30 Friday", "5 0 * * sun": "00:05 Sunday", "0 9 1 * MON": "", "*/5 9 * * MON": "", "0 9 * *": ""} {
		day, at, ok := dayAndTime(spec)
		if got := at + " " + day.String(); ok != (want != "") || ok && got != want {
			t.Errorf("dayAndTime(%q) = %q, %v; want %q", spec, got, ok, want)
		}
		if !ok {
			continue
		}
		back, err := weekly(day, at)
		if d, a, _ := dayAndTime(back); err != nil || d != day || a != at {
			t.Errorf("weekly(%s, %s) = %q, %v", day, at, back, err)
		}
	}
}
