namespace Slipway.Api.Cel;

/// <summary>A text that is no expression, or one whose types do not fit.</summary>
/// <param name="position">Offset in the text, from 0.</param>
/// <param name="message">What is wrong there.</param>
public sealed class CelSyntaxException(int position, string message) : Exception($"{message} at position {position + 1}")
{
    /// <summary>Offset in the text, from 0.</summary>
    public int Position { get; } = position;

    /// <summary>What is wrong, without the position.</summary>
    public string Problem { get; } = message;
}
