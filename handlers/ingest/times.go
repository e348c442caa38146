package ingest

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"agentreport/reports"
)

const timeExample = "2025-09-22T10:00:00Z"

// looseTime is RFC 3339 and what databases and spreadsheets write for it: a blank for the
// T, a comma for the point, no seconds, a zone such as UTC, +0200, +02 or none.
var looseTime = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})[Tt ] *(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9})\d*)?)? *([Zz]|UTC|utc|GMT|[+-]\d{2}(?::?\d{2})?)?$`)

// What is no time, and is told from the rest to say why.
var (
	dayAlone   = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)
	dayOrMonth = regexp.MustCompile(`^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b`)
)

// parseTime reads a time, of which one without a zone is in the intake's.
func (in *Intake) parseTime(s string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	bad := func(problem string) (time.Time, error) {
		return time.Time{}, &reports.FieldError{Field: "at", Problem: fmt.Sprintf("%q %s", reports.Shorten(s, 60), problem)}
	}
	s = strings.TrimSpace(s)
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		t, ok := unixTime(n)
		switch days := time.Duration(n * float64(24*time.Hour)).Round(time.Second); {
		case ok:
			return t, nil
		case n > 20_000 && n < 80_000:
			return bad("is Excel's number of days: write " + time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).Add(days).Format(time.RFC3339))
		}
		return bad("is neither seconds nor milliseconds since 1970")
	}
	m := looseTime.FindStringSubmatch(s)
	if m == nil {
		switch {
		case dayAlone.MatchString(s):
			return bad("has no time of day: write " + s + "T10:00:00Z")
		case dayOrMonth.MatchString(s):
			return bad("can be read in two ways, day or month first: write " + timeExample)
		}
		return bad("is not a time with a zone such as " + timeExample)
	}
	second, fraction := m[4], m[5]
	switch {
	case m[2] == "24":
		return bad("is the next day's 00:00: write that")
	case second == "":
		second = "00"
	case second == "60": // a leap second
		second, fraction = "59", "999"
	}
	zone := in.Zone
	switch {
	case m[6] != "":
		zone = time.UTC
	case zone == nil:
		return bad(fmt.Sprintf("has no zone: write %sT%s:%s:%sZ, or import with --zone, such as --zone Europe/Madrid", m[1], m[2], m[3], second))
	}
	t, err := time.ParseInLocation("2006-01-02 15:04:05.999999999", fmt.Sprintf("%s %s:%s:%s.%s", m[1], m[2], m[3], second, (fraction+"0")), zone)
	if err != nil {
		return bad("is not a time with a zone such as " + timeExample)
	}
	return t.Add(-offset(m[6])), nil
}

// offset is how far a zone such as +02:00 is ahead of UTC.
func offset(zone string) time.Duration {
	if zone == "" || zone[0] != '+' && zone[0] != '-' {
		return 0
	}
	digits := strings.ReplaceAll(zone[1:], ":", "") + "00"
	hours, _ := strconv.Atoi(digits[:2])
	minutes, _ := strconv.Atoi(digits[2:4])
	d := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if zone[0] == '-' {
		d = -d
	}
	return d
}

// unixTime reads a number as seconds, milliseconds, microseconds or nanoseconds since 1970,
// whichever is after 2000 and before 2100. At most one is.
func unixTime(n float64) (time.Time, bool) {
	const from, to = 946_684_800, 4_102_444_800
	for _, unit := range []float64{1, 1e3, 1e6, 1e9} {
		if n >= from*unit && n < to*unit {
			whole, part := math.Modf(n / unit)
			return time.Unix(int64(whole), int64(math.Round(part*1e6))*1e3).UTC(), true
		}
	}
	return time.Time{}, false
}
