namespace Slipway.Wrapper;

/// <summary>What was asked of a store cannot be done.</summary>
/// <param name="word"><see cref="Full"/> or <see cref="Error"/>.</param>
/// <param name="message">Why, in one line.</param>
internal sealed class StoreRefusal(string word, string message) : Exception(message)
{
    /// <summary>There is no room.</summary>
    public const string Full = "full";

    /// <summary>Anything else.</summary>
    public const string Error = "error";

    private const int ENOSPC = 28, EFBIG = 27, EDQUOT = 122;

    /// <summary>What is answered.</summary>
    public string Line => $"{word} {Message.ReplaceLineEndings(" ")}";

    /// <summary>Whether an error number of the C library says that there is no room.</summary>
    public static bool IsLack(int error) => error is ENOSPC or EFBIG or EDQUOT;

    /// <summary>What a failure of the file system means.</summary>
    public static StoreRefusal Of(Exception e) => new(e is IOException && IsLack(e.HResult & 0xffff) ? Full : Error, e.Message);
}
