namespace Slipway.Api;

/// <summary>Finds the known name that a misspelt one was probably meant to be, for error messages.</summary>
public static class NearestName
{
    /// <summary>
    /// The candidate with the fewest edits (insertions, deletions, replacements and swaps of neighbours, regardless of case);
    /// null if none is within a third of the word's length, at least one edit.
    /// </summary>
    public static string? Of(string word, IEnumerable<string> candidates)
    {
        string? nearest = null;
        var fewest = Math.Max(1, word.Length / 3) + 1;
        foreach (var candidate in candidates)
        {
            if (Math.Abs(candidate.Length - word.Length) >= fewest) continue;
            var edits = Edits(word.ToLowerInvariant(), candidate.ToLowerInvariant());
            if (edits >= fewest || edits >= Math.Max(word.Length, candidate.Length)) continue;
            (fewest, nearest) = (edits, candidate);
        }
        return nearest;
    }

    /// <summary><c>, did you mean "x"?</c>, or nothing.</summary>
    public static string Hint(string word, IEnumerable<string> candidates) => Of(word, candidates) is { } nearest ? $", did you mean \"{nearest}\"?" : "";

    // The optimal string alignment distance: https://en.wikipedia.org/wiki/Damerau–Levenshtein_distance
    private static int Edits(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) rows[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) rows[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
            for (var j = 1; j <= b.Length; j++)
            {
                var replace = rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                var best = Math.Min(replace, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) best = Math.Min(best, rows[i - 2, j - 2] + 1);
                rows[i, j] = best;
            }
        return rows[a.Length, b.Length];
    }
}
