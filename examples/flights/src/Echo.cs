namespace Flights;

/// <summary>
/// How long a very late flight is felt at its airport: it is paired with each flight that left there later on the
/// same day, and the delays of those are summed up by the hours between the two.
/// </summary>
/// <remarks>
/// Medians need all values at once, so that all pairs are held in memory (56 bytes each). Their number grows with the late
/// flights of the month times the flights that follow: a stormy month needs far more than a calm one of the same size.
/// </remarks>
internal sealed class Echo : IDisposable
{
    /// <summary>From this delay on a flight is very late, in minutes.</summary>
    public const int VeryLate = 60;

    private readonly NativeList<Pair> pairs = new();

    /// <param name="flights">The flights, in the order of airport and departure.</param>
    public Echo(Flight[] flights)
    {
        for (var i = 0; i < flights.Length; i++)
        {
            var late = flights[i];
            if (late.Delay < VeryLate)
                continue;
            for (var j = i + 1; j < flights.Length && flights[j].Airport == late.Airport && flights[j].Day == late.Day; j++)
                if (flights[j].Departure > late.Departure)
                    pairs.Add(new Pair(late, flights[j], (int)(flights[j].Departure - late.Departure).TotalHours));
        }
    }

    public int Pairs => pairs.Count;

    /// <summary>Delays of the flights that left within the first, second, … hour after a very late one.</summary>
    public List<EchoHour> Hours()
    {
        var sorted = pairs.Items;
        sorted.Sort((a, b) => a.Hours != b.Hours ? a.Hours - b.Hours : a.After.Delay - b.After.Delay);

        var hours = new List<EchoHour>();
        for (int start = 0, end; start < sorted.Length; start = end)
        {
            var hour = sorted[start].Hours;
            long sum = 0;
            for (end = start; end < sorted.Length && sorted[end].Hours == hour; end++)
                sum += sorted[end].After.Delay;
            var median = (sorted[(start + end - 1) / 2].After.Delay + sorted[(start + end) / 2].After.Delay) / 2.0;
            hours.Add(new EchoHour(hour, end - start, median, (double)sum / (end - start)));
        }
        return hours;
    }

    public void Dispose() => pairs.Dispose();

    /// <param name="Hours">Full hours between the two.</param>
    private readonly record struct Pair(Flight Late, Flight After, int Hours);
}

/// <summary>Flights that left <paramref name="Hour"/> to <paramref name="Hour"/> + 1 hours after a very late one, and their delays in minutes.</summary>
internal readonly record struct EchoHour(int Hour, int Flights, double Median, double Mean);
