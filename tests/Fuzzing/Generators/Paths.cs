using System.Text;
using Slipway.Api;

namespace Slipway.Fuzzing.Generators;

/// <summary>Paths that are wrong, and methods that do not go with them.</summary>
internal static class Paths
{
    private static readonly string[] Methods = ["GET", "GET", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "X", "M-SEARCH"];

    public static Draft Next(Random random)
    {
        var draft = new Draft(random.Pick(Methods), Target(random));
        return draft.Method is "POST" or "PUT" or "PATCH" && random.OneIn(2)
            ? draft.With(Encoding.UTF8.GetBytes(Corpus.Document(random, Corpus.Kind(random)).ToJsonString()), draft.Method == "PATCH" ? MediaTypes.MergePatch : MediaTypes.Json)
            : draft;
    }

    private static string Target(Random random)
    {
        if (random.OneIn(25)) return random.Pick(["*", "http://localhost/api/v1/pods", "//api/v1/pods", "/api//v1//pods", "/api/v1/pods/", "/api/v1/pods?", "/?", "/%", "/api/v1/pods#x", "api/v1", "/api/v1/pods\u0001", "/api/v1/ü", "/" + new string('a', 9000)]);
        var parts = Corpus.Path(random).Split('/').ToList();
        for (var i = random.Few(0, 3); i > 0; i--)
        {
            var at = random.Next(1, parts.Count + 1);
            switch (random.Next(4))
            {
                case 0: parts.Insert(at, random.Pick(Vocabulary.Segments)); break;
                case 1 when at < parts.Count: parts.RemoveAt(at); break;
                case 2 when at < parts.Count: parts[at] = random.OneIn(2) ? parts[at].ToUpperInvariant() : Escaped(parts[at]); break;
                case 3 when at < parts.Count: parts[at] = random.Pick(Vocabulary.Segments); break;
            }
            if (parts.Count == 1) parts.Add("");
        }
        return string.Join('/', parts) is { Length: > 0 } path && path[0] == '/' ? path : "/";
    }

    private static string Escaped(string text) => string.Concat(text.Select(c => $"%{(int)c:X2}"));
}
