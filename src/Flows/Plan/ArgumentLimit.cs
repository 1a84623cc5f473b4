using System.Globalization;
using System.Text;

namespace Slipway.Flows;

/// <summary>What Linux takes as one argument or variable of a command: with more, it cannot be started at all (MAX_ARG_STRLEN of execve(2)).</summary>
internal static class ArgumentLimit
{
    /// <summary>In bytes of UTF-8, of a variable with its name and <c>=</c>; the limit of the kernel counts a byte more, for the end.</summary>
    public const int Bytes = 131_071;

    /// <summary>What is wrong with an argument; null if it is short enough.</summary>
    /// <param name="field">Where it stands, for messages.</param>
    /// <param name="text">The argument.</param>
    public static string? Problem(string field, string text) => Problem(field, Size(text), "argument");

    /// <summary>What is wrong with a variable; null if it is short enough.</summary>
    /// <param name="field">Where it stands, for messages.</param>
    /// <param name="name">Name of the variable.</param>
    /// <param name="value">Its value.</param>
    public static string? Problem(string field, string name, string value) => Problem(field, Size(name) + 1 + Size(value), "variable");

    private static string? Problem(string field, int size, string what) => size <= Bytes ? null
        : string.Create(CultureInfo.InvariantCulture, $"{field} has {size} bytes, and Linux takes {Bytes} as one {what}; hand it on as a file, by outputs.files and inputs");

    private static int Size(string text) => Encoding.UTF8.GetByteCount(text);
}
