using Slipway.Api.Rules;
using Slipway.Api.Schemas;
using static Slipway.Api.Cel.CelArguments;
using static Slipway.Api.Cel.CelOverload;

namespace Slipway.Api.Cel;

/// <summary>Kubernetes' format library: the grammars of names and values (<see href="https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-format-library"/>).</summary>
internal static class FormatNames
{
    public static readonly CelType FormatType = CelType.Opaque("kubernetes.NamedFormat");

    private static readonly CelType Problems = CelType.Optional(CelType.List(CelType.String));

    private static readonly Dictionary<string, Func<string, string?>> Formats = new(StringComparer.Ordinal)
    {
        ["dns1123Label"] = Names.LabelError,
        ["dns1123Subdomain"] = Names.SubdomainError,
        ["dns1035Label"] = Names.Dns1035Error,
        ["qualifiedName"] = Names.QualifiedNameError,
        ["dns1123LabelPrefix"] = text => Names.LabelError(Prefix(text)),
        ["dns1123SubdomainPrefix"] = text => Names.SubdomainError(Prefix(text)),
        ["dns1035LabelPrefix"] = text => Names.Dns1035Error(Prefix(text)),
        ["labelValue"] = Names.LabelValueError,
        ["uri"] = text => CelUrl.Parse(text) is null ? "invalid URI" : null,
        ["uuid"] = text => FormatRules.Error("uuid", text) is null ? null : "does not match the UUID format",
        ["byte"] = text => FormatRules.Error("byte", text) is null ? null : "invalid base64",
        ["date"] = text => FormatRules.Error("date", text) is null ? null : "invalid date",
        ["datetime"] = text => FormatRules.Error("date-time", text) is null ? null : "invalid datetime",
    };

    public static IReadOnlyList<CelOverload> All { get; } =
    [
        .. Formats.Keys.Select(name => Global($"format.{name}", $"format-{name}", [], FormatType, (_, _) => Value(name))),
        Global("format.named", "format-named", [CelType.String], CelType.Optional(FormatType), (_, a) => Formats.ContainsKey(a[0].Text()) ? CelOptional.Of(Value(a[0].Text())) : CelOptional.None),
        Member("validate", "format-validate", [FormatType, CelType.String], Problems, (_, a) =>
            Formats[a[0].Opaque<string>()](a[1].Text()) is { } problem ? CelOptional.Of(ListOf([problem])) : CelOptional.None),
    ];

    private static CelOpaque<string> Value(string name) => new(FormatType, name);

    // What is put after a prefix begins with a letter or digit, so that the prefix may end with a hyphen.
    private static string Prefix(string text) => text.EndsWith('-') ? text[..^1] + "a" : text;
}
