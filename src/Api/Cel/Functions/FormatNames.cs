using Slipway.Api.Rules;
using Slipway.Api.Schemas;
using static Slipway.Api.Cel.CelArguments;
using static Slipway.Api.Cel.CelOverload;

namespace Slipway.Api.Cel;

/// <summary>Kubernetes' format library: the grammars of names and values (<see href="https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-format-library"/>).</summary>
internal static class FormatNames
{
    public static readonly CelType FormatType = CelType.Opaque("kubernetes.NamedFormat");

    /// <summary>The most characters of the regular expression that a format may stand for; also what those count as whose pattern is a library's.</summary>
    public const ulong LongestPattern = 128;

    private static readonly CelType Problems = CelType.Optional(CelType.List(CelType.String));

    // What is wrong with a text, and how long a regular expression upstream takes it for.
    private static readonly Dictionary<string, (Func<string, string?> Error, ulong PatternSize)> Formats = new(StringComparer.Ordinal)
    {
        ["dns1123Label"] = (Names.LabelError, 30),
        ["dns1123Subdomain"] = (Names.SubdomainError, 60),
        ["dns1035Label"] = (Names.Dns1035Error, 30),
        ["qualifiedName"] = (Names.QualifiedNameError, 60),
        ["dns1123LabelPrefix"] = (text => Names.LabelError(Prefix(text)), 30),
        ["dns1123SubdomainPrefix"] = (text => Names.SubdomainError(Prefix(text)), 60),
        ["dns1035LabelPrefix"] = (text => Names.Dns1035Error(Prefix(text)), 30),
        ["labelValue"] = (Names.LabelValueError, 40),
        ["uri"] = (text => CelUrl.Parse(text) is null ? "invalid URI" : null, LongestPattern),
        ["uuid"] = (text => DefinitionFormats.Error("uuid", text) is null ? null : "does not match the UUID format", LongestPattern),
        ["byte"] = (text => DefinitionFormats.Error("byte", text) is null ? null : "invalid base64", LongestPattern),
        ["date"] = (text => DefinitionFormats.Error("date", text) is null ? null : "invalid date", LongestPattern),
        ["datetime"] = (text => DefinitionFormats.Error("date-time", text) is null ? null : "invalid datetime", LongestPattern),
    };

    public static IReadOnlyList<CelOverload> All { get; } =
    [
        .. Formats.Keys.Select(name => Global($"format.{name}", $"format-{name}", [], FormatType, (_, _) => Value(name))),
        Global("format.named", "format-named", [CelType.String], CelType.Optional(FormatType), (_, a) => Formats.ContainsKey(a[0].Text()) ? CelOptional.Of(Value(a[0].Text())) : CelOptional.None),
        Member("validate", "format-validate", [FormatType, CelType.String], Problems, (_, a) =>
            Formats[a[0].Opaque<string>()].Error(a[1].Text()) is { } problem ? CelOptional.Of(ListOf([problem])) : CelOptional.None),
    ];

    /// <summary>The size of the regular expression that a format counts as.</summary>
    public static ulong PatternSize(CelValue format) => Formats[format.Opaque<string>()].PatternSize;

    private static CelOpaque<string> Value(string name) => new(FormatType, name);

    // What is put after a prefix begins with a letter or digit, so that the prefix may end with a hyphen.
    private static string Prefix(string text) => text.EndsWith('-') ? text[..^1] + "a" : text;
}
