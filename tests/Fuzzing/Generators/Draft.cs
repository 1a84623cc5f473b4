using Slipway.Api;

namespace Slipway.Fuzzing.Generators;

/// <summary>A request in the making.</summary>
/// <param name="Method">The method.</param>
/// <param name="Target">Path and query.</param>
internal sealed record Draft(string Method, string Target)
{
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    public byte[]? Body { get; init; }

    /// <summary>The same with one more parameter, the last or, since the first of several values counts, the first.</summary>
    public Draft With(string parameter, bool first = false)
    {
        var mark = Target.IndexOf('?');
        if (mark < 0) return this with { Target = $"{Target}?{parameter}" };
        return this with { Target = first ? $"{Target[..mark]}?{parameter}&{Target[(mark + 1)..]}" : $"{Target}&{parameter}" };
    }

    public Draft With(string header, string value) => this with { Headers = [.. Headers, new(header, value)] };

    public Draft With(byte[] body, string contentType = MediaTypes.Json) => (this with { Body = body }).With("Content-Type", contentType);
}

/// <summary>Ways to choose.</summary>
internal static class Choices
{
    extension(Random random)
    {
        /// <summary>True once in <paramref name="times"/>.</summary>
        public bool OneIn(int times) => random.Next(times) == 0;

        public T Pick<T>(IReadOnlyList<T> from) => from[random.Next(from.Count)];

        /// <summary>A small number, mostly the least.</summary>
        public int Few(int least, int most)
        {
            var number = least;
            while (number < most && random.Next(2) == 0) number++;
            return number;
        }
    }
}
