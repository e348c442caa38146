package lang

import (
	"math"
	"unicode"
	"unicode/utf8"

	"agentreport/reports"
)

// Shift says in a sentence what a week's own weeks do not explain.
func (p *Printer) Shift(s *reports.Shift) string {
	args := Args{"Name": p.Name(s.Name), "N": p.Number(s.N), "Usual": p.roughly(s.Usual)}
	if s.By == reports.ByTopic {
		args["Name"] = reports.Shorten(p.Masked(s.Name), 120)
	}
	id := "shift_" + string(s.By)
	if s.By == reports.ByReason && s.Name == reports.UnspecifiedReason {
		id = "shift_unspecified"
	}
	if s.By == reports.ByShare || s.Figure == reports.FigureResolutionRate {
		if s.By == reports.ByChannel {
			id = "shift_resolution"
		}
		args["N"], args["Usual"] = p.Percent(points(float64(s.N)/float64(s.Of))), p.Percent(points(s.Usual/float64(s.Of)))
		return Upper(p.T(id+direction(s), args))
	}
	if s.Usual == 0 {
		return Upper(p.T(id+"_new", args))
	}
	switch times := int64(math.Round(float64(s.N) / max(s.Usual, 0.5))); {
	case float64(s.N) < 1.75*s.Usual:
		return Upper(p.T(id+direction(s), args))
	case times > 10:
		args["Times"] = p.T("times_many")
	case times > 5:
		args["Times"] = p.T("times_n", Args{"N": p.Number(times)})
	default:
		args["Times"] = p.T([]string{"times_2", "times_2", "times_2", "times_3", "times_4", "times_5"}[times])
	}
	return Upper(p.T(id+"_times", args))
}

func direction(s *reports.Shift) string {
	if float64(s.N) > s.Usual {
		return "_more"
	}
	return "_less"
}

// roughly is a mean of counts, of which a part says something only where it is small.
func (p *Printer) roughly(x float64) string {
	if x < 10 {
		return p.Decimal(x)
	}
	return p.Number(int64(math.Round(x)))
}

// Upper begins a sentence.
func Upper(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}
