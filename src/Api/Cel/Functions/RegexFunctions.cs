using Slipway.Api.Schemas;
using static Slipway.Api.Cel.CelArguments;
using static Slipway.Api.Cel.CelOverload;

namespace Slipway.Api.Cel;

/// <summary>Kubernetes' library of regular expressions (<see href="https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-regex-library"/>).</summary>
internal static class RegexFunctions
{
    private const int CompilationWork = 5_000;

    public static IReadOnlyList<CelOverload> All { get; } =
    [
        Member("find", "string_find_string", [CelType.String, CelType.String], CelType.String, (f, a) => Find(f, a[0].Text(), a[1].Text())),
        Member("findAll", "string_find_all_string", [CelType.String, CelType.String], CelType.List(CelType.String), (f, a) => FindAll(f, a[0].Text(), a[1].Text(), -1)),
        Member("findAll", "string_find_all_string_int", [CelType.String, CelType.String, CelType.Int], CelType.List(CelType.String), (f, a) => FindAll(f, a[0].Text(), a[1].Text(), a[2].Int())),
    ];

    /// <summary>What is wrong with a pattern, or null. A pattern that was not compiled before, as one put together by the expression is each time, is work.</summary>
    public static string? Error(CelFrame frame, string pattern)
    {
        if (!Patterns.IsCompiled(pattern)) frame.Work(CompilationWork + pattern.Length * 10L);
        return Patterns.Error(pattern);
    }

    private static CelValue Find(CelFrame frame, string text, string pattern) => Problem(frame, pattern) ?? (CelValue)new CelString(Patterns.Of(pattern).Match(text).Value);

    private static CelValue FindAll(CelFrame frame, string text, string pattern, long limit)
    {
        if (Problem(frame, pattern) is { } problem) return problem;
        var found = new List<string>();
        if (limit == 0) return CelList.Empty;
        for (var match = Patterns.Of(pattern).Match(text); match.Success && (limit < 0 || found.Count < limit); match = match.NextMatch())
        {
            frame.Tick();
            found.Add(match.Value);
        }

        return ListOf(found);
    }

    private static CelError? Problem(CelFrame frame, string pattern) => Error(frame, pattern) is { } problem ? new CelError($"Illegal regex: {problem}") : null;
}
