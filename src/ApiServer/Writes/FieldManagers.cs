using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Apply;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Writes;

/// <summary>Who writes, as <c>metadata.managedFields</c> names it: the parameter <c>fieldManager</c>, or else the program that the request says it comes from.</summary>
internal static class FieldManagers
{
    private const int MaxBytes = 128;

    /// <summary>The manager of a write.</summary>
    public static FieldManager Of(WriteContext context, DateTimeOffset now)
    {
        var name = context.FieldManager is { Length: > 0 } given ? given : OfUserAgent(context.Request.UserAgent);
        return new FieldManager(name, context.Type.ApiVersion, context.Path.Subresource, ScopeOf(context), now);
    }

    /// <summary>What is wrong with the name of a manager, as causes of a 422, in Kubernetes' words.</summary>
    /// <param name="name">The name; null for none.</param>
    /// <param name="path">What names it.</param>
    public static IEnumerable<StatusCause> Errors(string? name, string path)
    {
        if (string.IsNullOrEmpty(name)) yield break;
        if (Encoding.UTF8.GetByteCount(name) > MaxBytes)
        {
            // Nothing else of it, which would be told with the whole name for each character.
            yield return new StatusCause("FieldValueTooLong", path, $"Too long: may not be more than {MaxBytes} bytes");
            yield break;
        }
        var position = 0;
        foreach (var rune in name.EnumerateRunes())
        {
            if (!IsPrintable(rune)) yield return StatusCause.Invalid(path, JsonValue.Create(name).Shown(), $"invalid character U+{rune.Value:X4} (at position {position})");
            position += rune.Utf8SequenceLength;
        }
    }

    /// <summary>The program of a <c>User-Agent</c>: what stands before the first slash, in printable characters.</summary>
    public static string OfUserAgent(string userAgent)
    {
        var slash = userAgent.IndexOf('/');
        var program = slash < 0 ? userAgent : userAgent[..slash];
        var name = new StringBuilder(program.Length);
        var bytes = 0;
        foreach (var rune in program.EnumerateRunes())
        {
            if (!IsPrintable(rune)) continue;
            bytes += rune.Utf8SequenceLength;
            if (bytes > MaxBytes) break;
            name.Append(rune.ToString());
        }
        return name.ToString();
    }

    private static FieldScope ScopeOf(WriteContext context) => context.Path.Subresource switch
    {
        "" => context.Resource.HasStatus ? FieldScope.AllButStatus : FieldScope.Everything,
        "status" => context.Type.IsCustom ? FieldScope.StatusOnly : FieldScope.StatusAndLabels,
        _ => FieldScope.Everything,
    };

    // Letters, marks, numbers, punctuation, symbols and the plain space.
    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
