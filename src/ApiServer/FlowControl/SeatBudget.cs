namespace Slipway.ApiServer.FlowControl;

/// <summary>How the server's seats are shared out among priority levels: pure arithmetic over their numbers.</summary>
/// <remarks>
/// All levels together never use more than all nominal seats: what is borrowed is at most what others lend and do not use. Unlike
/// upstream, which fits the limits to the demand of the last ten seconds, this is decided request by request.
/// </remarks>
internal static class SeatBudget
{
    /// <summary>Gives each level its seats by its shares.</summary>
    /// <param name="levels">The levels.</param>
    /// <param name="total">How many seats there are.</param>
    public static void ShareOut(IReadOnlyCollection<LevelSeats> levels, int total)
    {
        var shares = Math.Max(1, levels.Sum(seats => seats.Level.Shares));
        foreach (var seats in levels)
        {
            var level = seats.Level;
            seats.Nominal = (int)Math.Ceiling((double)total * level.Shares / shares);
            seats.Lendable = Part(seats.Nominal, level.LendablePercent);
            seats.MaxBorrowed = level.BorrowingLimitPercent is { } percent ? Part(seats.Nominal, percent) : int.MaxValue;
        }
    }

    /// <summary>Whether a level may have one seat more.</summary>
    public static bool MayStart(LevelSeats level, IReadOnlyList<LevelSeats> all)
    {
        if (level.Level.IsExempt || level.IsRemoved || level.Executing < level.Nominal - level.Lendable) return true;
        if (level.Executing >= level.Nominal && level.Borrowed >= level.MaxBorrowed) return false;
        // Taking an own seat that may be lent leaves one less to lend, and borrowing one takes it: both need one that is free.
        var (borrowed, lent) = (0L, 0L);
        foreach (var one in all)
        {
            if (!one.Level.IsExempt) borrowed += one.Borrowed;
            lent += one.Lent;
        }
        return borrowed < lent;
    }

    private static int Part(int seats, long percent) => (int)Math.Min(int.MaxValue, Math.Round(seats * percent / 100.0, MidpointRounding.AwayFromZero));
}
