using Slipway.Fuzzing.Generators;

namespace Slipway.Fuzzing;

/// <summary>The cases of a fuzzer, one for each seed.</summary>
public static class FuzzCases
{
    private static readonly (int Weight, string Name, Func<Random, Draft> Next)[] Generators =
    [
        (10, "path", Paths.Next),
        (12, "query", Queries.Next),
        (8, "header", HeaderLines.Next),
        (16, "body", Bodies.Next),
        (8, "protobuf", ProtobufBodies.Next),
        (16, "patch", PatchBodies.Next),
        (6, "definition", Definitions.Next),
        (10, "custom", CustomObjects.Next),
        (8, "options", OptionBodies.Next),
        (3, "watch", Watches.Next),
    ];

    private const int RawWeight = 2;
    private static readonly int Total = Generators.Sum(g => g.Weight) + RawWeight;

    /// <summary>Names of the generators.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Generators.Select(g => g.Name), "raw"];

    /// <summary>The case of a seed.</summary>
    public static FuzzCase Of(int seed)
    {
        var random = new Random(seed);
        var draw = random.Next(Total);
        foreach (var (weight, name, next) in Generators)
        {
            draw -= weight;
            if (draw >= 0) continue;
            var draft = Tamed(next(random));
            return new FuzzRequest(seed, name, draft.Method, draft.Target, draft.Headers, draft.Body);
        }
        return RawBytes.Next(seed, "raw", random);
    }

    // What would stop or change every later request is tried without effect: a webhook or policy that refuses all writes, the end
    // of a namespace, and of the stage's definitions.
    private static Draft Tamed(Draft draft)
    {
        var isWrite = draft.Method is not ("GET" or "HEAD" or "OPTIONS");
        var reaches = draft.Target.Contains("admissionregistration", StringComparison.OrdinalIgnoreCase)
            || (draft.Method == "DELETE" && (EndsIn("namespaces") || draft.Target.Contains("customresourcedefinitions", StringComparison.Ordinal)));
        return isWrite && reaches ? draft.With("dryRun=All", first: true) : draft;

        bool EndsIn(string collection)
        {
            var path = draft.Target.Split('?')[0].Split('/', StringSplitOptions.RemoveEmptyEntries);
            return path.Length > 1 && (path[^1] == collection || path[^2] == collection);
        }
    }
}
