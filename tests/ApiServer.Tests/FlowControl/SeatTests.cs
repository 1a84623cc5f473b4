using Slipway.ApiServer.FlowControl;

namespace Slipway.ApiServer.Tests.FlowControl;

/// <summary>How seats are shared out among levels, and queues among flows.</summary>
public sealed class SeatTests
{
    [Fact]
    public void Every_hand_of_two_out_of_four_queues_is_dealt_equally_often()
    {
        var hands = Enumerable.Range(0, 12).Select(hash =>
        {
            Span<int> hand = stackalloc int[2];
            ShuffleSharding.Deal((ulong)hash, 4, hand);
            return string.Join(' ', hand.ToArray());
        });
        Assert.Equal(["0 1", "0 2", "0 3", "1 2", "1 3", "2 3"], hands.GroupBy(hand => hand).Where(same => same.Count() == 2).Select(same => same.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Levels_have_seats_by_their_shares()
    {
        var levels = Levels((30, 50, null), (10, 0, 20), (0, 0, null));
        SeatBudget.ShareOut(levels, 100);
        Assert.Equal([(75, 38, int.MaxValue), (25, 0, 5), (0, 0, int.MaxValue)], levels.Select(seats => (seats.Nominal, seats.Lendable, seats.MaxBorrowed)));
    }

    [Fact]
    public void A_level_borrows_what_others_lend_up_to_its_limit_and_what_is_lent_is_waited_for()
    {
        var levels = Levels((10, 50, null), (10, 0, 30), (10, 0, null));
        SeatBudget.ShareOut(levels, 30);
        Assert.Equal(13, StartAll(levels[1], levels));    // its ten, and three of the five that are lent
        Assert.Equal(12, StartAll(levels[2], levels));    // its ten, and the two that are left
        Assert.Equal(5, StartAll(levels[0], levels));     // the others are lent
        levels[2].End(null);
        Assert.True(SeatBudget.MayStart(levels[0], levels));
        Assert.Equal(1, StartAll(levels[0], levels));
    }

    [Fact]
    public void All_levels_together_never_use_more_than_all_seats_and_each_has_what_it_does_not_lend()
    {
        var random = new Random(7);
        for (var round = 0; round < 50; round++)
        {
            var levels = Levels([.. Enumerable.Range(0, 4).Select(_ => (random.Next(0, 20), random.Next(0, 101), random.Next(2) == 0 ? null : (int?)random.Next(0, 200)))]);
            SeatBudget.ShareOut(levels, 40);
            for (var step = 0; step < 400; step++)
            {
                var level = levels[random.Next(levels.Count)];
                if (random.Next(3) == 0 && level.Executing > 0) level.End(null);
                else if (SeatBudget.MayStart(level, levels)) level.Start();
                else Assert.True(level.Executing >= level.Nominal - level.Lendable);
                Assert.InRange(levels.Sum(seats => seats.Executing), 0, levels.Sum(seats => seats.Nominal));
                Assert.All(levels, seats => Assert.InRange(seats.Borrowed, 0, seats.MaxBorrowed));
            }
        }
    }

    private static int StartAll(LevelSeats level, IReadOnlyList<LevelSeats> all)
    {
        var started = 0;
        for (; SeatBudget.MayStart(level, all); started++) level.Start();
        return started;
    }

    private static List<LevelSeats> Levels(params (int Shares, int Lendable, int? Borrowing)[] levels) =>
        [.. levels.Select((level, i) => new LevelSeats(new PriorityLevel { Name = $"{i}", Shares = level.Shares, LendablePercent = level.Lendable, BorrowingLimitPercent = level.Borrowing }))];
}
