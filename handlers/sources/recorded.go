package sources

import (
	"embed"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

//go:embed testdata/*/*.json
var recordings embed.FS

// recorded are webhooks, or what stands for one where there is none, by their sources.
var recorded = map[string]string{
	"otlp": "otlp/traces", "hubspot": "hubspot/thread", "intercom": "intercom/notification", "rasa": "rasa/tracker", "slack-export": "slack-export/2026-09-08",
	"voiceflow": "voiceflow/transcript", "botpress": "botpress/messages", "dialogflow-cx": "dialogflow-cx/conversation",
}

var recordedTimes = regexp.MustCompile(`2026-09-08T\d\d:\d\d:\d\d|\b1788[89]\d{5}(?:\d{9})?\b`)

const recordedLayout = "2006-01-02T15:04:05"

// readRecorded reads a time of a recording, to the second.
func readRecorded(text string) time.Time {
	if t, err := time.Parse(recordedLayout, text); err == nil {
		return t
	}
	n, _ := strconv.ParseInt(text[:10], 10, 64) // digits, by the pattern
	return time.Unix(n, 0).UTC()
}

// Recorded is a payload of the source, to show what becomes of one, as if its conversation
// had begun at a moment; nothing for a program of a team's own.
func (s *Source) Recorded(at time.Time) []byte {
	raw, err := recordings.ReadFile("testdata/" + recorded[s.Name] + ".json")
	if err != nil {
		return nil
	}
	began := time.Time{}
	for _, text := range recordedTimes.FindAll(raw, -1) {
		if t := readRecorded(string(text)); began.IsZero() || t.Before(began) {
			began = t
		}
	}
	by := at.Sub(began).Truncate(time.Second)
	return recordedTimes.ReplaceAllFunc(raw, func(text []byte) []byte {
		t := readRecorded(string(text)).Add(by)
		if strings.Contains(string(text), "T") {
			return []byte(t.Format(recordedLayout))
		}
		return fmt.Appendf(nil, "%d%s", t.Unix(), text[10:])
	})
}
