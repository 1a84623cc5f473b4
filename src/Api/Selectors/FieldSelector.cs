namespace Slipway.Api.Selectors;

/// <summary>One requirement on a field.</summary>
/// <param name="Path">Dotted path, such as <c>spec.nodeName</c>.</param>
/// <param name="IsEqual">Whether the value must equal (otherwise must differ from) <paramref name="Value"/>.</param>
/// <param name="Value">The value compared as text; an absent field compares as the empty string.</param>
public sealed record FieldRequirement(string Path, bool IsEqual, string Value)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Path}{(IsEqual ? "=" : "!=")}{Escaped()}";

    private string Escaped() => Value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal).Replace("=", "\\=", StringComparison.Ordinal);
}

/// <summary>
/// A conjunction of requirements on fields
/// (<see href="https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/"/>).
/// Which paths a resource supports is in <see cref="ResourceType.SelectableFields"/>.
/// </summary>
public sealed record FieldSelector(IReadOnlyList<FieldRequirement> Requirements)
{
    /// <summary>Selects every object.</summary>
    public static FieldSelector Everything { get; } = new([]);

    /// <summary>Whether no requirement is made.</summary>
    public bool SelectsEverything => Requirements.Count == 0;

    /// <summary>Parses <c>a.b=c,d!=e</c>; <c>\,</c>, <c>\=</c> and <c>\\</c> stand for the character itself in a value.</summary>
    /// <exception cref="ApiException">400: not a selector.</exception>
    public static FieldSelector Parse(string text) =>
        text.Length == 0 ? Everything : new([.. Terms(text).Where(t => t.Length > 0).Select(t => ParseTerm(t, text))]);

    /// <summary>Whether the fields that <paramref name="read"/> gives (null where absent) meet every requirement.</summary>
    public bool Matches(Func<string, string?> read)
    {
        foreach (var requirement in Requirements)
            if ((read(requirement.Path) ?? "") == requirement.Value != requirement.IsEqual) return false;
        return true;
    }

    /// <summary>The value that a field must equal, if the selector says so.</summary>
    public string? RequiredValue(string path) => Requirements.FirstOrDefault(r => r.IsEqual && r.Path == path)?.Value;

    /// <inheritdoc/>
    public override string ToString() => string.Join(',', Requirements);

    private static IEnumerable<string> Terms(string text)
    {
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\') i++;
            else if (text[i] == ',')
            {
                yield return text[start..i];
                start = i + 1;
            }
        }
        yield return text[start..];
    }

    private static FieldRequirement ParseTerm(string term, string text)
    {
        for (var i = 0; i < term.Length; i++)
        {
            if (term[i] == '\\') i++;
            else if (term[i] == '=') return new(term[..i].Trim(), true, Unescape(term[(i + (term[(i + 1)..].StartsWith('=') ? 2 : 1))..], text));
            else if (term[i] == '!' && i + 1 < term.Length && term[i + 1] == '=') return new(term[..i].Trim(), false, Unescape(term[(i + 2)..], text));
        }
        throw ApiException.BadRequest($"invalid field selector \"{text}\": \"{term}\" is neither path=value nor path!=value");
    }

    private static string Unescape(string value, string text)
    {
        if (!value.Contains('\\') && !value.Contains('=')) return value;
        var result = new System.Text.StringBuilder();
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '=') throw ApiException.BadRequest($"invalid field selector \"{text}\": write \\= for an equals sign in a value");
            if (value[i] == '\\' && (++i == value.Length || value[i] is not ('\\' or ',' or '=')))
                throw ApiException.BadRequest($"invalid field selector \"{text}\": a backslash goes before \\, comma or =");
            result.Append(value[i]);
        }
        return result.ToString();
    }
}
