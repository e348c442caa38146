package reports_test

import (
	"bytes"
	"testing"

	"agentreport/reports"
)

func FuzzReadAnswers(f *testing.F) {
	f.Add([]byte(`{"answers":[{"id":"1","question":"q","answer":"a","created_at":"2025-09-22T09:00:00Z"}]}`), true)
	f.Add([]byte("question,answer,created_at\nq,a,2025-09-22T09:00:00Z\n"), false)
	f.Add([]byte("question,answer\n\"q"), false)
	f.Fuzz(func(t *testing.T, file []byte, isJSON bool) {
		format := reports.AnswersCSV
		if isJSON {
			format = reports.AnswersJSON
		}
		list, err := reports.ReadAnswers(bytes.NewReader(file), format)
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := reports.WriteAnswers(&again, list, reports.AnswersJSON); err != nil {
			return // a year that JSON has no way to write
		}
		back, err := reports.ReadAnswers(&again, reports.AnswersJSON)
		if err != nil || len(back) != len(list) {
			t.Errorf("%d answers come back as %d, %v", len(list), len(back), err)
		}
	})
}
