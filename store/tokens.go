package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"agentreport/reports"
)

// Scope is what a token may be used for.
type Scope string

// The scopes.
const (
	ScopeIngest  Scope = "ingest"  // send events
	ScopeAnswers Scope = "answers" // read answers
	ScopeAdmin   Scope = "admin"   // erase
)

// Scopes lists every scope.
var Scopes = []Scope{ScopeIngest, ScopeAnswers, ScopeAdmin}

// Token is a bearer token of the HTTP API. The token itself is not stored.
type Token struct {
	Name      string    `json:"name"`
	Scopes    []Scope   `json:"scopes"`
	Source    string    `json:"source,omitzero"` // of events that name none
	CreatedAt time.Time `json:"created_at"`
	UsedAt    time.Time `json:"used_at,omitzero"` // to the minute
	Hash      string    `json:"hash"`
}

// May reports whether the token has a scope.
func (t *Token) May(s Scope) bool { return slices.Contains(t.Scopes, s) }

// tokenPrefix makes a token recognisable where it should not be.
const tokenPrefix = "agr_"

func hashToken(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// CreateToken makes a token and returns it: the only time that it is seen. It
// wraps reports.ErrConflict where the name is taken.
func (s *Store) CreateToken(ctx context.Context, name, source string, scopes []Scope) (string, error) {
	have, err := s.Tokens(ctx)
	if err != nil {
		return "", err
	}
	if slices.ContainsFunc(have, func(t Token) bool { return t.Name == name }) {
		return "", fmt.Errorf("token %q exists already: revoke it first or use another name: %w", name, reports.ErrConflict)
	}
	secret := tokenPrefix + strings.ToLower(rand.Text())
	t := Token{Name: name, Scopes: scopes, Source: source, CreatedAt: s.now().UTC().Truncate(time.Second), Hash: hashToken(secret)}
	_, err = s.backend.Insert(ctx, tokens, []Doc{newDoc(t.Hash, t)})
	return secret, err
}

// Tokens lists all tokens by name.
func (s *Store) Tokens(ctx context.Context) ([]Token, error) {
	list, err := all[Token](ctx, s, tokens)
	slices.SortFunc(list, func(a, b Token) int { return strings.Compare(a.Name, b.Name) })
	return list, err
}

// RevokeToken ends a token. It wraps reports.ErrNotFound where there is none of that name.
func (s *Store) RevokeToken(ctx context.Context, name string) error {
	list, err := s.Tokens(ctx)
	if err != nil {
		return err
	}
	for _, t := range list {
		if t.Name == name {
			return s.backend.Delete(ctx, tokens, []string{t.Hash})
		}
	}
	return fmt.Errorf("token %q: %w", name, reports.ErrNotFound)
}

// UseToken looks a token up and notes, at most once a minute, that it was used.
// It wraps reports.ErrNotFound where there is no such token.
func (s *Store) UseToken(ctx context.Context, secret string) (Token, error) {
	var t Token
	id := hashToken(secret)
	if _, err := s.get(ctx, tokens, id, &t); err != nil {
		if errors.Is(err, reports.ErrNotFound) {
			err = fmt.Errorf("token: %w", reports.ErrNotFound) // the id is a hash of what was sent
		}
		return t, err
	}
	minute := s.now().UTC().Truncate(time.Minute)
	if !t.UsedAt.Before(minute) {
		return t, nil
	}
	err := update(ctx, s, tokens, id, func(t *Token) error {
		t.UsedAt = minute
		return nil
	}, nil)
	return t, err
}
