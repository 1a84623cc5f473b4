using System.Security.Cryptography;
using System.Text;

namespace Slipway.Controllers;

/// <summary>
/// The end of a name, like that of a generated one, but the same each time: whoever creates something anew, because a cache is behind, collides with
/// the first one.
/// </summary>
internal static class DerivedSuffix
{
    /// <summary>Its characters.</summary>
    public const int Length = 5;

    // As generated names have it: without vowels and what looks alike.
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";

    /// <summary>The suffix that derives from a text.</summary>
    public static string Of(string text) => string.Concat(SHA256.HashData(Encoding.UTF8.GetBytes(text)).Take(Length).Select(b => Alphabet[b % Alphabet.Length]));
}
