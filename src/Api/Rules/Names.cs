using System.Text.RegularExpressions;

namespace Slipway.Api.Rules;

/// <summary>
/// The grammars of names, labels and keys
/// (<see href="https://kubernetes.io/docs/concepts/overview/working-with-objects/names/"/>).
/// Each function returns what is wrong, or null. Messages are Kubernetes' own, which clients match.
/// </summary>
public static partial class Names
{
    private const string LabelRule = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
    private const string SubdomainRule = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    private const string Dns1035Rule = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
    private const string QualifiedRule = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
    private const string LabelValueRule = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
    private const string WildcardRule = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    private const string LooseSubdomainRule = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')";
    private const string PathRule = "a valid path must consist of alphanumeric characters, '-', '_', '.', '/', or '%' (e.g. '/my/path', regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')";
    private const string ConfigKeyRule = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

    /// <summary>DNS-1123 label: at most 63 lower-case letters, digits and hyphens.</summary>
    public static string? LabelError(string name) => name.Length > 63 ? TooLong(63) : Label().IsMatch(name) ? null : Subdomain().IsMatch(name) ? "must not contain dots" : LabelRule;

    /// <summary>DNS-1123 subdomain: labels joined by dots, at most 253 characters.</summary>
    public static string? SubdomainError(string name) => name.Length > 253 ? TooLong(253) : Subdomain().IsMatch(name) ? null : SubdomainRule;

    /// <summary>DNS-1035 label: like a DNS-1123 label, but starting with a letter.</summary>
    public static string? Dns1035Error(string name) => name.Length > 63 ? TooLong(63) : Dns1035().IsMatch(name) ? null : Dns1035Rule;

    /// <summary>Key of a label or annotation: an optional DNS prefix and a slash, then at most 63 characters.</summary>
    public static string? QualifiedNameError(string key)
    {
        var slash = key.IndexOf('/');
        if (slash != key.LastIndexOf('/')) return "a qualified name " + QualifiedRule[10..] + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
        if (slash == 0) return "prefix part must be non-empty";
        if (slash > 0 && SubdomainError(key[..slash]) is { } prefix) return $"prefix part {prefix}";
        var name = key[(slash + 1)..];
        if (name.Length == 0) return "name part must be non-empty";
        return name.Length > 63 ? $"name part {TooLong(63)}" : QualifiedName().IsMatch(name) ? null : QualifiedRule;
    }

    /// <summary>A subdomain with a wildcard in place of its first label.</summary>
    public static string? WildcardSubdomainError(string name) => name.Length > 253 ? TooLong(253) : Wildcard().IsMatch(name) ? null : WildcardRule;

    /// <summary>A subdomain that may have underscores, as search domains do.</summary>
    public static string? LooseSubdomainError(string name) => name.Length > 253 ? TooLong(253) : LooseSubdomain().IsMatch(name) ? null : LooseSubdomainRule;

    /// <summary>A subdomain, a slash and a path, such as <c>example.com/controller</c>.</summary>
    public static string? DomainPrefixedPathError(string name)
    {
        var slash = name.IndexOf('/');
        if (slash <= 0 || slash == name.Length - 1) return "must be a domain-prefixed path (such as \"acme.io/foo\")";
        if (SubdomainError(name[..slash]) is { } error) return error;
        return PathText().IsMatch(name.AsSpan(slash + 1)) ? null : "Invalid path: " + PathRule;
    }

    /// <summary>A port's name: an IANA service name.</summary>
    public static string? PortNameError(string name)
    {
        if (name.Length > 15) return TooLong(15);
        if (!ServiceName().IsMatch(name)) return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)";
        if (!name.AsSpan().ContainsAnyInRange('a', 'z')) return "must contain at least one letter (a-z)";
        if (name.Contains("--", StringComparison.Ordinal)) return "must not contain consecutive hyphens";
        return name[0] == '-' || name[^1] == '-' ? "must not begin or end with a hyphen" : null;
    }

    /// <summary>Value of a label: empty, or at most 63 characters.</summary>
    public static string? LabelValueError(string value) =>
        value.Length > 63 ? TooLong(63) : value.Length == 0 || QualifiedName().IsMatch(value) ? null : LabelValueRule;

    /// <summary>Key of a config map or secret: a file name.</summary>
    public static string? ConfigKeyError(string key)
    {
        if (key.Length > 253) return TooLong(253);
        if (!ConfigKey().IsMatch(key)) return ConfigKeyRule;
        if (key == ".") return "must not be '.'";
        if (key == "..") return "must not be '..'";
        return key.StartsWith("..", StringComparison.Ordinal) ? "must not start with '..'" : null;
    }

    /// <summary>Segment of a URL path, as names of resources without a grammar of their own must be.</summary>
    public static string? PathSegmentError(string name)
    {
        if (name is "." or "..") return $"may not be '{name}'";
        if (name.Contains('/')) return "may not contain '/'";
        if (name.Contains('\0')) return "may not contain U+0000";   // nor can keys of the store
        return name.Contains('%') ? "may not contain '%'" : null;
    }

    /// <summary>Kubernetes' message for text beyond a length.</summary>
    public static string TooLong(int max) => $"must be no more than {max} characters";

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?\z")]
    private static partial Regex Label();

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z")]
    private static partial Regex Subdomain();

    [GeneratedRegex(@"^[a-z]([-a-z0-9]*[a-z0-9])?\z")]
    private static partial Regex Dns1035();

    [GeneratedRegex(@"^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\z")]
    private static partial Regex QualifiedName();

    [GeneratedRegex(@"^[-._a-zA-Z0-9]+\z")]
    private static partial Regex ConfigKey();

    [GeneratedRegex(@"^\*\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z")]
    private static partial Regex Wildcard();

    [GeneratedRegex(@"^_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*\z")]
    private static partial Regex LooseSubdomain();

    [GeneratedRegex(@"^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+\z")]
    private static partial Regex PathText();

    [GeneratedRegex(@"^[-a-z0-9]+\z")]
    private static partial Regex ServiceName();
}
