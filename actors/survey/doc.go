// Package survey is one question to all live nodes: each may take as long as is said to
// answer, and who has not is named. What operators ask goes by it, and what backends ask.
package survey
