using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Devices;

/// <summary>The grammars of names of drivers, pools and attributes of devices, and of what is said about devices under them.</summary>
internal static partial class DeviceNames
{
    private const int MaxDriverBytes = 63;
    private const int MaxPoolBytes = 253;
    private const int MaxIdentifierBytes = 32;
    private const int MaxParameterBytes = 10 * 1024;
    private const string IdentifierRule = "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')";
    private static readonly string[] Effects = ["NoExecute", "NoSchedule", "None"];

    /// <summary>A driver: a domain, as names of CSI drivers are.</summary>
    public static void Driver(string name, string path, List<StatusCause> causes)
    {
        if (name.Length == 0) causes.Add(StatusCause.Required(path));
        if (name.Length > MaxDriverBytes) causes.Add(TooLong(path, MaxDriverBytes));
        if (name.Length > 0 && Names.SubdomainError(name.ToLowerInvariant()) is { } error) causes.Add(StatusCause.Invalid(path, Quote(name), error));
    }

    /// <summary>A pool: domains joined by slashes.</summary>
    public static void Pool(string name, string path, List<StatusCause> causes)
    {
        if (name.Length == 0)
        {
            causes.Add(StatusCause.Required(path));
            return;
        }
        if (name.Length > MaxPoolBytes) causes.Add(TooLong(path, MaxPoolBytes));
        foreach (var part in name.Split('/'))
            if (Names.SubdomainError(part) is { } error) causes.Add(StatusCause.Invalid(path, Quote(part), error));
    }

    /// <summary>An attribute or capacity: an identifier, of the driver's domain where none is written before it.</summary>
    public static void Qualified(string name, string path, List<StatusCause> causes)
    {
        switch (name.Split('/'))
        {
            case [var id]:
                Identifier(id, path, causes);
                break;
            case [var domain, var id]:
                if (domain.Length == 0) causes.Add(StatusCause.Invalid(path, "\"\"", "the domain must not be empty"));
                else Driver(domain, path, causes);
                if (id.Length == 0) causes.Add(StatusCause.Invalid(path, "\"\"", "the name must not be empty"));
                else Identifier(id, path, causes);
                break;
            default:
                causes.Add(StatusCause.Invalid(path, Quote(name), "must not contain more than one slash"));
                break;
        }
    }

    /// <summary>An attribute with its domain.</summary>
    public static void FullyQualified(string name, string path, List<StatusCause> causes)
    {
        Qualified(name, path, causes);
        if (!name.Contains('/')) causes.Add(StatusCause.Invalid(path, Quote(name), "a fully qualified name must be a domain and a name separated by a slash"));
    }

    /// <summary>A taint of a device.</summary>
    public static void Taint(JsonObject taint, string path, List<StatusCause> causes)
    {
        SelectorRules.LabelKey(taint, "key", path, causes);
        Grammar(taint, "value", Names.LabelValueError, path, causes);
        RequiredSupported(taint, "effect", Effects, path, causes);
    }

    /// <summary>What a request tolerates.</summary>
    public static void Toleration(JsonObject toleration, string path, List<StatusCause> causes)
    {
        if (toleration.Text("key") is { Length: > 0 }) SelectorRules.LabelKey(toleration, "key", path, causes);
        var value = toleration.Text("value") ?? "";
        switch (toleration.Text("operator"))
        {
            case "Exists":
                if (value.Length > 0) causes.Add(StatusCause.Invalid($"{path}.value", Quote(value), "must be empty for operator `Exists`"));
                break;
            case "Equal":
                Grammar(toleration, "value", Names.LabelValueError, path, causes);
                break;
            default:
                RequiredSupported(toleration, "operator", ["Equal", "Exists"], path, causes);
                break;
        }
        Supported(toleration, "effect", Effects, path, causes);
    }

    /// <summary>Settings that only the driver understands.</summary>
    public static void Configuration(JsonObject config, string path, List<StatusCause> causes)
    {
        if (config.Object("opaque") is not { } opaque)
        {
            causes.Add(StatusCause.Required($"{path}.opaque"));
            return;
        }
        Driver(opaque.Text("driver") ?? "", $"{path}.opaque.driver", causes);
        if (opaque["parameters"] is null) causes.Add(StatusCause.Required($"{path}.opaque.parameters"));
        else if (opaque["parameters"] is not JsonObject parameters) causes.Add(StatusCause.Invalid($"{path}.opaque.parameters", "\"<value omitted>\"", "must be a valid JSON object"));
        else if (System.Text.Encoding.UTF8.GetByteCount(parameters.ToJsonString()) > MaxParameterBytes) causes.Add(TooLong($"{path}.opaque.parameters", MaxParameterBytes));
    }

    private static void Identifier(string id, string path, List<StatusCause> causes)
    {
        if (id.Length > MaxIdentifierBytes) causes.Add(TooLong(path, MaxIdentifierBytes));
        if (!CIdentifier().IsMatch(id)) causes.Add(StatusCause.Invalid(path, Quote(id), IdentifierRule));
    }

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex CIdentifier();
}
