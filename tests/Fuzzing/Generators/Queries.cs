using System.Text;
using Slipway.Api;

namespace Slipway.Fuzzing.Generators;

/// <summary>Parameters that are wrong, too many, or do not go together.</summary>
internal static class Queries
{
    private static readonly string[] Flags = ["true", "false", "1", "0", "", "TRUE", "yes", "maybe", "%00"];

    private static readonly string[] Labels =
    [
        "a=b", "a", "!a", "a in (b,c)", "a notin ()", "a in", "=b", "a=b=c", "a>1", "a<x", ",", "a,,b", "a==b", "a!=b", "(", ")", "a in (", "x/y/z=1", "-a=b", "a=b@", "ü=1", "a = b , c", "a=", "a in (b", "a in ((b))", "a>9223372036854775808", "!", "!!a", "a!",
        "a notin (b),c in (d),!e,f=g,h!=i,j>1,k<2",
    ];

    private static readonly string[] Fields =
    [
        "metadata.name=minimal", "metadata.namespace=fuzz-a", "metadata.name!=a", "metadata.name", "=", "spec.nodeName=", "status.phase=Running", "a=b", "metadata.name=a,metadata.name=b", "metadata.name=a\\", "metadata.name=a\\,b", "metadata.name==", "a\\=b",
        "spec.size=3", "spec.name=abc", ",", "metadata.name=minimal,", "spec.replicas!=1", "involvedObject.name=x", "metadata.labels.a=b", "status.podIP=1", "metadata.name>a",
    ];

    private static readonly string[] Tokens =
    [
        "", "x", "e30", "e30=", "bnVsbA", "W10", "IjEi", "====", "!!!", "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJhIn0", "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTEsInN0YXJ0IjoiZnV6ei1hL2EifQ", "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MCwic3RhcnQiOiJhIn0",
        "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6OTIyMzM3MjAzNjg1NDc3NTgwNywic3RhcnQiOiJhIn0", "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MS41LCJzdGFydCI6ImEifQ", "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6IngiLCJzdGFydCI6ImEifQ",
        "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MiwicyI6W119", "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6Miwic3RhcnQiOjF9", "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6bnVsbCwic3RhcnQiOiJhIn0", "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6Miwic3RhcnQiOiIuLi8uLi9hIn0",
    ];

    public static Draft Next(Random random)
    {
        var draft = new Draft(random.Pick(["GET", "GET", "GET", "GET", "DELETE", "POST", "PUT", "PATCH"]), Corpus.Path(random));
        for (var i = random.Few(1, 6); i > 0; i--) draft = draft.With(Parameter(random));
        if (draft.Method is "GET" or "DELETE" && !random.OneIn(10)) return draft;
        var type = random.Pick(Corpus.BuiltIn);
        var body = Encoding.UTF8.GetBytes(Corpus.Document(random, type).ToJsonString());
        if (draft.Method == "POST") draft = draft with { Target = Replaced(draft.Target, Corpus.Collection(random, type)) };
        else if (draft.Method is "PUT" or "PATCH") draft = draft with { Target = Replaced(draft.Target, Corpus.Object(random, type)) };
        return draft.With(body, draft.Method == "PATCH" ? random.Pick([MediaTypes.MergePatch, MediaTypes.StrategicMergePatch, MediaTypes.ApplyPatch]) : MediaTypes.Json);
    }

    /// <summary>A parameter with its value, escaped or not.</summary>
    public static string Parameter(Random random) => random.Next(22) switch
    {
        0 or 1 => $"limit={random.Pick(Vocabulary.Numbers)}",
        2 or 3 => $"continue={random.Pick(Tokens)}",
        4 or 5 => $"resourceVersion={(random.OneIn(4) ? random.Pick(Vocabulary.Numbers) : random.Pick(["0", "1", "5", "", "-1", "x", "1.5", "00", "9223372036854775808"]))}",
        6 => $"resourceVersionMatch={random.Pick(["Exact", "NotOlderThan", "exact", "", "x"])}",
        7 or 8 => $"fieldSelector={Uri.EscapeDataString(random.Pick(Fields))}",
        9 or 10 => $"labelSelector={Uri.EscapeDataString(random.Pick(Labels))}",
        11 => $"timeoutSeconds={random.Pick(Vocabulary.Numbers)}",
        12 => $"dryRun={random.Pick(["All", "all", "", "true", "All,All", "x"])}",
        13 => $"fieldValidation={random.Pick(["Strict", "Warn", "Ignore", "strict", "", "x"])}",
        14 => $"fieldManager={Uri.EscapeDataString(random.Pick(Vocabulary.Texts))}",
        15 => $"force={random.Pick(Flags)}",
        16 => $"watch={random.Pick(Flags)}",
        17 => $"{random.Pick(["allowWatchBookmarks", "sendInitialEvents", "pretty", "orphanDependents", "follow", "previous", "timestamps"])}={random.Pick(Flags)}",
        18 => $"{random.Pick(["gracePeriodSeconds", "tailLines", "sinceSeconds", "limitBytes"])}={random.Pick(Vocabulary.Numbers)}",
        19 => $"propagationPolicy={random.Pick(["Orphan", "Background", "Foreground", "foreground", "", "x"])}",
        20 => $"{random.Pick(["includeObject", "container", "sinceTime", "timeout", "exact", "export", "stream"])}={Uri.EscapeDataString(random.Pick(Vocabulary.Texts))}",
        _ => random.Pick(["", "=", "&", "a", "=b", "%", "%zz=1", "limit", "limit=1&limit=2", "LIMIT=1", "limit[]=1", ";", "a=b;c=d", "%6cimit=1", "+=+", "watch", "labelSelector", "a=%FF", new('q', 4000)]),
    };

    private static string Replaced(string target, string path) => target.IndexOf('?') is var mark and >= 0 ? path + target[mark..] : path;
}
