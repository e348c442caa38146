package handlers

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"agentreport/reports"
)

var answerTypes = map[reports.AnswerFormat]string{
	reports.AnswersJSON: "application/json", reports.AnswersCSV: "text/csv; charset=utf-8", reports.AnswersMarkdown: "text/markdown; charset=utf-8",
}

// answers gives the published answers to the customer agent. It says nothing
// where the caller has them already.
func (s *Server) answers(w http.ResponseWriter, r *http.Request, _ reports.Token) {
	format := answerFormat(r)
	if !slices.Contains(reports.AnswerFormats, format) {
		s.refuse(w, http.StatusBadRequest, "format "+string(format)+" is not known: use json, csv or markdown")
		return
	}
	list, err := s.Store.Answers(r.Context())
	if err != nil {
		s.away(w, err)
		return
	}
	var body bytes.Buffer
	if err := reports.WriteAnswers(&body, reports.Published(list, r.URL.Query().Get("language")), format); err != nil {
		s.away(w, err)
		return
	}
	sum := sha256.Sum256(body.Bytes())
	etag := `"` + hex.EncodeToString(sum[:16]) + `"`
	w.Header().Set("ETag", etag)
	w.Header().Set("Cache-Control", "private, no-cache")
	w.Header().Set("Vary", "Accept, Authorization")
	for known := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if known = strings.TrimPrefix(strings.TrimSpace(known), "W/"); known == etag || known == "*" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.Header().Set("Content-Type", answerTypes[format])
	w.Write(body.Bytes())
}

// answerFormat is the format that a request names, else the one that it accepts.
func answerFormat(r *http.Request) reports.AnswerFormat {
	if name := r.URL.Query().Get("format"); name != "" {
		return reports.AnswerFormat(name)
	}
	switch accept := r.Header.Get("Accept"); {
	case strings.Contains(accept, "text/csv"):
		return reports.AnswersCSV
	case strings.Contains(accept, "text/markdown"):
		return reports.AnswersMarkdown
	}
	return reports.AnswersJSON
}
